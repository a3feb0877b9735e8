!> The model of a step, and what becomes of the radius and of the fit once the step was tried.
!!
!! The model is q(s) = |T*P's|**2 / 2 + g's, where T is upper triangular and P a permutation: |T*P's| is the length of
!! what the scaled and augmented Jacobian makes of s.
module quadratic_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use bounded_state_m, only: status_ftol, status_xtol, status_both
    implicit none
    private
    public :: dot, multiply, model, line, minimum_on, new_radius, verdict

contains

    pure function dot(n, x, y) result(total)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), y(n)
        real(dp) :: total
        integer(c_int) :: j

        total = 0.0_dp
        do j = 1, n
            total = total + x(j) * y(j)
        end do
    end function dot

    !> y = T*P's.
    pure subroutine multiply(n, t, ldt, ipvt, s, y)
        integer(c_int), intent(in) :: n, ldt, ipvt(n)
        real(dp), intent(in) :: t(ldt, n), s(n)
        real(dp), intent(out) :: y(n)
        real(dp) :: factor
        integer(c_int) :: j

        do j = 1, n
            y(j) = 0.0_dp
            factor = s(ipvt(j))
            y(1:j) = y(1:j) + t(1:j, j) * factor
        end do
    end subroutine multiply

    !> value = q(s).
    pure subroutine model(n, t, ldt, ipvt, g, s, value, wa)
        integer(c_int), intent(in) :: n, ldt, ipvt(n)
        real(dp), intent(in) :: t(ldt, n), g(n), s(n)
        real(dp), intent(out) :: value
        real(dp), intent(out) :: wa(n)  !! scratch

        call multiply(n, t, ldt, ipvt, s, wa)
        value = 0.5_dp * dot(n, wa, wa) + dot(n, s, g)
    end subroutine model

    !> q(s0 + u*s) = a*u**2 + b*u + c; s0 = 0 where it is absent.
    pure subroutine line(n, t, ldt, ipvt, g, s, a, b, c, wa, s0)
        integer(c_int), intent(in) :: n, ldt, ipvt(n)
        real(dp), intent(in) :: t(ldt, n), g(n), s(n)
        real(dp), intent(out) :: a, b, c
        real(dp), intent(out) :: wa(n, 2)  !! scratch
        real(dp), intent(in), optional :: s0(n)

        call multiply(n, t, ldt, ipvt, s, wa(1, 1))
        a = 0.5_dp * dot(n, wa(1, 1), wa(1, 1))
        b = dot(n, g, s)
        c = 0.0_dp
        if (present(s0)) then
            call multiply(n, t, ldt, ipvt, s0, wa(1, 2))
            b = b + dot(n, wa(1, 2), wa(1, 1))
            c = 0.5_dp * dot(n, wa(1, 2), wa(1, 2)) + dot(n, g, s0)
        end if
    end subroutine line

    !> The t in [low, high] with the least value = a*t**2 + b*t + c; of equals the first among low, high, and between. The
    !! first value that is NaN counts as the least: low may be no step at all, with which a fit would end.
    pure subroutine minimum_on(a, b, low, high, c, t, value) bind(c, name="minpack_minimum_on")
        real(dp), value :: a, b, low, high, c
        real(dp), intent(out) :: t, value
        real(dp) :: other

        t = low
        value = low * (a * low + b) + c
        if (value /= value) return
        other = high * (a * high + b) + c
        if (.not. other >= value) then
            t = high
            value = other
        end if
        if (value /= value) return
        if (a /= 0.0_dp) then
            other = -0.5_dp * b / a
            if (low < other .and. other < high) then
                if (.not. other * (a * other + b) + c >= value) then
                    t = other
                    value = other * (a * other + b) + c
                end if
            end if
        end if
    end subroutine minimum_on

    !> Update the radius by how well the model promised: ratio = actual / predicted.
    pure subroutine new_radius(delta, actual, predicted, step_norm, hit, ratio) bind(c, name="minpack_new_radius")
        real(dp), intent(inout) :: delta
        real(dp), value :: actual, predicted, step_norm
        integer(c_int), value :: hit         !! not 0 where the step reaches the radius
        real(dp), intent(out) :: ratio

        ratio = 0.0_dp
        if (predicted > 0.0_dp) then
            ratio = actual / predicted
        else if (predicted == 0.0_dp .and. actual == 0.0_dp) then
            ratio = 1.0_dp
        end if
        if (ratio < 0.25_dp) then
            delta = 0.25_dp * step_norm
        else if (ratio > 0.75_dp .and. hit /= 0) then
            delta = 2.0_dp * delta
        end if
    end subroutine new_radius

    !> The status with which a fit ends after a step, 0 if it does not.
    pure function verdict(reduction, cost, step_norm, x_norm, ratio, ftol, xtol) result(status) &
        bind(c, name="minpack_verdict")
        real(dp), value :: reduction, cost, step_norm, x_norm, ratio, ftol, xtol
        integer(c_int) :: status
        logical :: by_cost, by_step

        by_cost = reduction < ftol * cost .and. ratio > 0.25_dp
        by_step = step_norm < xtol * (xtol + x_norm)
        status = 0
        if (by_cost) status = status_ftol
        if (by_step) status = status_xtol
        if (by_cost .and. by_step) status = status_both
    end function verdict

end module quadratic_m
