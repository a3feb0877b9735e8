module fdjac2_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp, machine, larger
    use callbacks_m, only: residual_fcn
    implicit none
    private
    public :: fdjac2, difference_step

contains

    !> Forward-difference approximation of the Jacobian, one evaluation a column.
    !!
    !! Source: MINPACK-1 FDJAC2 (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine fdjac2(fcn, ctx, m, n, x, fvec, fjac, epsfcn, wa, mach, stop) bind(c, name="minpack_fdjac2")
        procedure(residual_fcn) :: fcn
        type(c_ptr), value :: ctx
        integer(c_int), value :: m, n
        real(dp), intent(inout) :: x(n)         !! the point; moved while it runs, left as it was
        real(dp), intent(in) :: fvec(m)         !! f(x)
        real(dp), intent(inout) :: fjac(m, n)   !! out: the Jacobian
        real(dp), value :: epsfcn               !! relative error of f; at least epsmch is taken
        real(dp), intent(inout) :: wa(m)        !! scratch
        type(machine), intent(in) :: mach
        integer(c_int), intent(out) :: stop     !! what fcn answered, where it was not 0
        integer(c_int) :: j
        real(dp) :: h, xj

        stop = 0
        do j = 1, n
            xj = x(j)
            h = difference_step(xj, epsfcn, mach)
            x(j) = xj + h
            stop = fcn(ctx, m, n, x, wa)
            x(j) = xj
            if (stop /= 0) return
            fjac(1:m, j) = (wa(1:m) - fvec(1:m)) / h
        end do
    end subroutine fdjac2

    !> The increment of a parameter for its forward difference.
    pure function difference_step(x, epsfcn, mach) result(h) bind(c, name="minpack_difference_step")
        real(dp), value :: x, epsfcn
        type(machine), intent(in) :: mach
        real(dp) :: h, eps

        eps = sqrt(larger(epsfcn, mach%epsmch))
        h = eps * abs(x)
        if (h == 0.0_dp) h = eps
    end function difference_step

end module fdjac2_m
