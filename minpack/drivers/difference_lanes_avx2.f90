!> difference_lanes for processors with AVX2: the same operations, so the same bits.
module difference_lanes_avx2_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    implicit none
    private
    public :: difference_lanes

    integer, parameter :: lanes = 4  !! MINPACK_LANES of minpack.h
    character(*), parameter :: processor = "_avx2"

contains

    include "difference_lanes.inc"

end module difference_lanes_avx2_m
