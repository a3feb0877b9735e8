!> Forward differences of several small problems at once, side by side as the lanes of vector instructions.
module difference_lanes_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    implicit none
    private
    public :: difference_lanes

    integer, parameter :: lanes = 4  !! MINPACK_LANES of minpack.h
    character(*), parameter :: processor = ""

contains

    include "difference_lanes.inc"

end module difference_lanes_m
