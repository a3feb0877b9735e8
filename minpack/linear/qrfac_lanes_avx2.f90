!> qrfac_lanes for processors with AVX2, whose vectors are four numbers long: the same operations, so the same bits.
module qrfac_lanes_avx2_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use enorm_m, only: enorm
    implicit none
    private
    public :: qrfac_lanes

    integer, parameter :: lanes = 4  !! MINPACK_LANES of minpack.h
    character(*), parameter :: processor = "_avx2"

contains

    include "qrfac_lanes.inc"

end module qrfac_lanes_avx2_m
