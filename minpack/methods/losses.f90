!> Losses: what makes of the squared residuals the cost, and how it corrects residuals and Jacobian.
!!
!! A loss is rho(z) and its first two derivatives, z = (f / C)**2. The cost is C**2 / 2 times the sum of rho.
!!
!! Source: B. Triggs et al., "Bundle adjustment - a modern synthesis", LNCS 1883 (2000), section 4, for the
!! correction; the formulas and the floor under it are those of SciPy 1.18.1's `least_squares`.
module losses_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use elementary_m, only: arctangent, log1p
    use bounded_state_m, only: loss_linear, loss_huber, loss_soft_l1, loss_cauchy, loss_arctan, loss_callable
    implicit none
    private
    public :: loss_value, loss_slopes, loss_argument, cost_of, correction

contains

    !> rho(z).
    pure function loss_value(loss, z) result(rho) bind(c, name="minpack_loss_value")
        integer(c_int), value :: loss  !! none of linear and callable
        real(dp), value :: z
        real(dp) :: rho

        select case (loss)
        case (loss_huber)
            rho = z
            if (z > 1.0_dp) rho = 2.0_dp * sqrt(z) - 1.0_dp
        case (loss_soft_l1)
            rho = 2.0_dp * (sqrt(1.0_dp + z) - 1.0_dp)
        case (loss_cauchy)
            rho = log1p(z)
        case (loss_arctan)
            rho = arctangent(z)
        case default
            rho = z
        end select
    end function loss_value

    !> rho'(z) and rho''(z); by square roots and divisions instead of powers, so that the bits are those of any
    !! machine.
    pure subroutine loss_slopes(loss, z, first, second) bind(c, name="minpack_loss_slopes")
        integer(c_int), value :: loss
        real(dp), value :: z
        real(dp), intent(out) :: first, second
        real(dp) :: t

        first = 1.0_dp
        second = 0.0_dp
        select case (loss)
        case (loss_huber)
            if (z > 1.0_dp) then
                first = 1.0_dp / sqrt(z)
                second = -0.5_dp * (first / z)
            end if
        case (loss_soft_l1)
            t = 1.0_dp + z
            first = 1.0_dp / sqrt(t)
            second = -0.5_dp * (first / t)
        case (loss_cauchy)
            t = 1.0_dp + z
            first = 1.0_dp / t
            second = -(1.0_dp / (t * t))
        case (loss_arctan)
            t = 1.0_dp + z * z
            first = 1.0_dp / t
            second = -2.0_dp * z / (t * t)
        end select
    end subroutine loss_slopes

    !> z, for a loss that the caller evaluates.
    pure subroutine loss_argument(m, f, f_scale, z)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: f(m), f_scale
        real(dp), intent(out) :: z(m)
        real(dp) :: ratio
        integer(c_int) :: i

        do i = 1, m
            ratio = f(i) / f_scale
            z(i) = ratio * ratio
        end do
    end subroutine loss_argument

    !> The cost of residuals; four sums side by side, each in index order.
    pure function cost_of(loss, m, f, f_scale, rho) result(cost)
        integer(c_int), intent(in) :: loss, m
        real(dp), intent(in) :: f(m), f_scale
        real(dp), intent(in) :: rho(m, 3)  !! read where the loss is callable
        real(dp) :: cost, s1, s2, s3, s4
        integer(c_int) :: i, whole

        s1 = 0.0_dp
        s2 = 0.0_dp
        s3 = 0.0_dp
        s4 = 0.0_dp
        whole = m - mod(m, 4_c_int)
        if (loss == loss_linear) then
            do i = 1, whole, 4
                s1 = s1 + f(i) * f(i)
                s2 = s2 + f(i + 1) * f(i + 1)
                s3 = s3 + f(i + 2) * f(i + 2)
                s4 = s4 + f(i + 3) * f(i + 3)
            end do
            do i = whole + 1, m
                s1 = s1 + f(i) * f(i)
            end do
            cost = 0.5_dp * ((s1 + s2) + (s3 + s4))
            return
        end if
        do i = 1, whole, 4
            s1 = s1 + robust(loss, f(i), f_scale, rho(i, 1))
            s2 = s2 + robust(loss, f(i + 1), f_scale, rho(i + 1, 1))
            s3 = s3 + robust(loss, f(i + 2), f_scale, rho(i + 2, 1))
            s4 = s4 + robust(loss, f(i + 3), f_scale, rho(i + 3, 1))
        end do
        do i = whole + 1, m
            s1 = s1 + robust(loss, f(i), f_scale, rho(i, 1))
        end do
        cost = (0.5_dp * (f_scale * f_scale)) * ((s1 + s2) + (s3 + s4))
    end function cost_of

    pure function robust(loss, f, f_scale, rho) result(term)
        integer(c_int), intent(in) :: loss
        real(dp), intent(in) :: f, f_scale, rho
        real(dp) :: term, ratio

        if (loss == loss_callable) then
            term = rho
        else
            ratio = f / f_scale
            term = loss_value(loss, ratio * ratio)
        end if
    end function robust

    !> weight(i) is what row i of the Jacobian is to be multiplied by, and corrected the residuals that go with it.
    pure subroutine correction(loss, m, f, f_scale, rho, epsmch, weight, corrected, largest)
        integer(c_int), intent(in) :: loss, m
        real(dp), intent(in) :: f(m), f_scale
        real(dp), intent(in) :: rho(m, 3)
        real(dp), intent(in) :: epsmch
        real(dp), intent(out) :: weight(m), corrected(m)
        real(dp), intent(out) :: largest  !! of |corrected|
        real(dp) :: first, ratio, second, w
        integer(c_int) :: i

        largest = 0.0_dp
        do i = 1, m
            if (loss == loss_callable) then
                first = rho(i, 2)
                second = rho(i, 3)
            else
                ratio = f(i) / f_scale
                call loss_slopes(loss, ratio * ratio, first, second)
            end if
            second = second / (f_scale * f_scale)
            w = first + 2.0_dp * second * (f(i) * f(i))
            if (w < epsmch) w = epsmch
            w = sqrt(w)
            weight(i) = w
            corrected(i) = f(i) * (first / w)
            if (abs(corrected(i)) > largest) largest = abs(corrected(i))
        end do
    end subroutine correction

end module losses_m
