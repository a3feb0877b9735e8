!> The QR factors of several small matrices at once, side by side as the lanes of vector instructions.
!!
!! A small problem spends its time waiting: each addition to a sum waits for the one before. Several problems'
!! sums do not wait for each other. Every operation on a lane is the one that qrfac would do,
!! in their order, so a lane's bits are theirs. `omp simd` makes the compiler keep the loops over lanes, which it
!! would unroll before it looks for vectors.
module qrfac_lanes_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use enorm_m, only: enorm
    implicit none
    private
    public :: qrfac_lanes

    integer, parameter :: lanes = 4  !! MINPACK_LANES of minpack.h
    character(*), parameter :: processor = ""

contains

    include "qrfac_lanes.inc"

end module qrfac_lanes_m
