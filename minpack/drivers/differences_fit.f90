!> The forward differences of a fit, by the rule of its method: MINPACK's, or SciPy's, within bounds.
module differences_fit_m
    use, intrinsic :: iso_c_binding, only: c_associated, c_f_pointer, c_int, c_ptr
    use machine_m, only: dp
    use bounded_state_m, only: bounded_fit
    use callbacks_m, only: residual_fcn
    use differences_m, only: difference_points, difference_quotients, fdjac2
    use differences_bounded_m, only: differences_begin, two_point
    use fit_state_m, only: fit
    implicit none
    private
    public :: fit_points, fit_differences

contains

    !> The points of a forward-difference Jacobian: x with one parameter moved. step gets what the differences are divided
    !! by. If it returns n + 1, not n, the residuals at x are wanted, too, and the differences are from them.
    function fit_points(f, points) result(wanted) bind(c, name="minpack_fit_points")
        type(fit), intent(inout) :: f
        real(dp), intent(inout) :: points(f%s%n, f%s%n + 1)
        integer(c_int) :: wanted
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: x(:), step(:)
        integer(c_int) :: i, j, n

        n = f%s%n
        wanted = n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%step, step, [n])
        if (.not. c_associated(f%bounded)) then
            call difference_points(n, x, f%s%epsfcn, step, points, f%s%mach)
            return
        end if
        call increments(f, x, step)
        do j = 1, n
            do i = 1, n
                points(i, j) = x(i)
            end do
            points(j, j) = x(j) + step(j)
            step(j) = points(j, j) - x(j)
        end do
        call c_f_pointer(f%bounded, b)
        if (b%s%moved == 0) return
        do i = 1, n
            points(i, n + 1) = x(i)
        end do
        wanted = n + 1
    end function fit_points

    !> By how much a bounded fit moves each parameter.
    subroutine increments(f, x, h)
        type(fit), intent(in) :: f
        real(dp), intent(in) :: x(f%s%n)
        real(dp), intent(out) :: h(f%s%n)
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: lower(:), upper(:), wa(:, :)
        integer(c_int), pointer, contiguous :: one_sided(:)
        integer(c_int) :: j, n, precision

        n = f%s%n
        call c_f_pointer(f%bounded, b)
        call c_f_pointer(b%lower, lower, [n])
        call c_f_pointer(b%upper, upper, [n])
        call c_f_pointer(f%wa, wa, [n, 2])
        call c_f_pointer(f%ipvt, one_sided, [n])
        do j = 1, n
            wa(j, 1) = transfer(int(z'7ff8000000000000', 8), 1.0_dp)
            wa(j, 2) = 1.0_dp
        end do
        precision = 0
        if (f%s%epsfcn > 2.0_dp**(-40)) precision = 1
        if (f%s%epsfcn > 2.0_dp**(-20)) precision = 2
        call differences_begin(two_point, precision, n, x, lower, upper, wa(:, 1), wa(:, 2), h, one_sided)
    end subroutine increments

    !> Forward-difference approximation of the Jacobian of a fit, one evaluation per column.
    subroutine fit_differences(fcn, ctx, f, stop)
        procedure(residual_fcn) :: fcn
        type(c_ptr), value :: ctx
        type(fit), intent(inout) :: f
        integer(c_int), intent(out) :: stop  !! the answer of fcn that was not 0
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:, :), step(:), ftrial(:)
        real(dp) :: xj
        integer(c_int) :: j, m, n

        m = f%s%m
        n = f%s%n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fvec, fvec, [m])
        call c_f_pointer(f%fjac, fjac, [m, n])
        if (.not. c_associated(f%bounded)) then
            call fdjac2(fcn, ctx, m, n, x, fvec, fjac, f%s%epsfcn, f%s%mach, stop)
            return
        end if
        stop = 0
        call c_f_pointer(f%bounded, b)
        call c_f_pointer(f%ftrial, ftrial, [m])
        call c_f_pointer(f%step, step, [n])
        call increments(f, x, step)
        do j = 1, n
            xj = x(j)
            x(j) = xj + step(j)
            step(j) = x(j) - xj
            stop = fcn(ctx, m, n, x, fjac(:, j))
            x(j) = xj
            if (stop /= 0) return
        end do
        if (b%s%moved == 1) stop = fcn(ctx, m, n, x, ftrial)
        if (stop /= 0) return
        do j = 1, n
            if (b%s%moved == 1) then
                call difference_quotients(m, ftrial, step(j), fjac(:, j))
            else
                call difference_quotients(m, fvec, step(j), fjac(:, j))
            end if
        end do
    end subroutine fit_differences

end module differences_fit_m
