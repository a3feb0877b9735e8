!> Forward differences: the points to evaluate, and the quotients that follow from the residuals there.
module differences_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp, machine, larger
    use callbacks_m, only: residual_fcn
    implicit none
    private
    public :: fdjac2, difference_step, difference_points, difference_quotients

contains

    !> Forward-difference approximation of the Jacobian, one evaluation per column.
    !!
    !! Source: MINPACK-1 FDJAC2 (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine fdjac2(fcn, ctx, m, n, x, fvec, fjac, epsfcn, mach, stop) bind(c, name="minpack_fdjac2")
        procedure(residual_fcn) :: fcn
        type(c_ptr), value :: ctx
        integer(c_int), value :: m, n
        real(dp), intent(inout) :: x(n)         !! the point; moved while it runs, left as it was
        real(dp), intent(in) :: fvec(m)         !! f(x)
        real(dp), intent(inout) :: fjac(m, n)   !! out: the Jacobian
        real(dp), value :: epsfcn               !! relative error of f; at least epsmch is taken
        type(machine), intent(in) :: mach
        integer(c_int), intent(out) :: stop     !! the answer of fcn that was not 0
        integer(c_int) :: j
        real(dp) :: h, xj

        stop = 0
        do j = 1, n
            xj = x(j)
            h = difference_step(xj, epsfcn, mach)
            x(j) = xj + h
            stop = fcn(ctx, m, n, x, fjac(1, j))
            x(j) = xj
            if (stop /= 0) return
            call difference_quotients(m, fvec, h, fjac(1, j))
        end do
    end subroutine fdjac2

    !> The increment of a parameter for its forward difference.
    pure function difference_step(x, epsfcn, mach) result(h) bind(c, name="minpack_difference_step")
        real(dp), value :: x, epsfcn
        type(machine), intent(in) :: mach
        real(dp) :: h

        h = increment(x, sqrt(larger(epsfcn, mach%epsmch)))
    end function difference_step

    !> A fraction eps of a parameter; of one if that is zero.
    elemental function increment(x, eps) result(h)
        real(dp), intent(in) :: x, eps
        real(dp) :: h

        h = eps * abs(x)
        if (h == 0.0_dp) h = eps
    end function increment

    !> The points of a forward-difference Jacobian, x with one parameter moved, and by how much each is moved.
    pure subroutine difference_points(n, x, epsfcn, h, points, mach) bind(c, name="minpack_difference_points")
        integer(c_int), value :: n
        real(dp), intent(in) :: x(n)
        real(dp), value :: epsfcn
        real(dp), intent(out) :: h(n)
        real(dp), intent(out) :: points(n, n)  !! points(:, j): x with parameter j moved by h(j)
        type(machine), intent(in) :: mach
        real(dp) :: eps
        integer(c_int) :: j

        eps = sqrt(larger(epsfcn, mach%epsmch))
        do j = 1, n
            h(j) = increment(x(j), eps)
            points(1:n, j) = x(1:n)
            points(j, j) = x(j) + h(j)
        end do
    end subroutine difference_points

    !> A column of the Jacobian from the residuals at the moved point.
    pure subroutine difference_quotients(m, fvec, h, column) bind(c, name="minpack_difference_quotients")
        integer(c_int), value :: m
        real(dp), intent(in) :: fvec(m)
        real(dp), value :: h
        real(dp), intent(inout) :: column(m)  !! in: the residuals at the moved point; out: the quotients

        column(1:m) = (column(1:m) - fvec(1:m)) / h
    end subroutine difference_quotients

end module differences_m
