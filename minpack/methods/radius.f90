!> The shortest or steepest step within the trust region, for trf: min |A*p + f| with |p| <= delta.
!!
!! A is known by its factor T, A*P = Q*T, and the right-hand side Q'f. If T is surely of full rank, all comes from
!! triangular solves, as in lmpar; else from its singular values.
!!
!! Source: J. J. More, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), section 5, for
!! Newton's method on the parameter; start, bounds and end of it as SciPy 1.18.1 does, by running it.
module radius_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use enorm_m, only: enorm
    use qrsolv_m, only: qrsolv
    use triangular_m, only: forward_norm
    implicit none
    private
    public :: step_by_factor, step_by_spectrum

    integer, parameter :: most_rounds = 10
    real(dp), parameter :: large = 1e100_dp  ! singular values above are not squared

    !> Newton's method for phi(alpha) = |p(alpha)| - delta = 0, between two evaluations of phi.
    type :: newton
        real(dp) :: delta, alpha, lower, upper
    end type newton

contains

    !> The step by triangular solves. Not done where alpha ends below 0, or nothing is left of the step: then the singular
    !! values are needed.
    pure subroutine step_by_factor(n, ldt, delta, t, ipvt, rhs, gh, gauss_newton, alpha, p, done, wa, mach) &
        bind(c, name="minpack_step_by_factor")
        integer(c_int), value :: n, ldt
        real(dp), value :: delta
        integer(c_int), intent(in) :: ipvt(n)
        real(dp), intent(inout) :: t(ldt, n)        !! T; below the diagonal it is scratch
        real(dp), intent(in) :: rhs(n), gh(n)       !! Q'f and A'f
        real(dp), intent(in) :: gauss_newton(n)     !! the minimizer
        real(dp), intent(inout) :: alpha            !! in: that of the last step; out: that of this one
        real(dp), intent(out) :: p(n)
        integer(c_int), intent(out) :: done         !! 0 where it was not
        real(dp), intent(out) :: wa(n, 4)           !! scratch
        type(machine), intent(in) :: mach
        type(newton) :: s
        real(dp) :: before, length, norm, phi, slope
        integer(c_int) :: j
        integer :: round
        logical :: close

        done = 1
        length = enorm(n, gauss_newton, mach)
        p(1:n) = gauss_newton(1:n)
        before = alpha
        alpha = 0.0_dp
        if (length <= delta) return

        do j = 1, n
            wa(j, 1) = gauss_newton(ipvt(j))
        end do
        call forward_norm(n, t, ldt, wa(1, 1), norm, wa(1, 2), mach)
        slope = -(norm * (norm / length))
        s%delta = delta
        s%alpha = before
        s%lower = -(length - delta) / slope
        s%upper = enorm(n, gh, mach) / delta
        do round = 1, most_rounds
            call restart_outside(s)
            call regularized(n, t, ldt, ipvt, rhs, s%alpha, p, wa)
            length = enorm(n, p, mach)
            do j = 1, n
                wa(j, 1) = p(ipvt(j))
            end do
            call forward_norm_below(n, t, ldt, wa(1, 3), wa(1, 1), norm, mach)
            phi = length - delta
            call improve(s, phi, -(norm * (norm / length)), close)
            if (close) exit
        end do
        alpha = before
        if (.not. s%alpha >= 0.0_dp) then
            done = 0
            return
        end if
        alpha = s%alpha
        call regularized(n, t, ldt, ipvt, rhs, alpha, p, wa)
        call stretch(n, p, delta, mach)
    end subroutine step_by_factor

    !> p = -argmin |T*P'p - rhs|**2 + alpha * |p|**2. The factor of that is left below the diagonal of t and in wa(:, 3).
    pure subroutine regularized(n, t, ldt, ipvt, rhs, alpha, p, wa)
        integer(c_int), intent(in) :: n, ldt, ipvt(n)
        real(dp), intent(inout) :: t(ldt, n)
        real(dp), intent(in) :: rhs(n), alpha
        real(dp), intent(out) :: p(n)
        real(dp), intent(inout) :: wa(n, 4)

        wa(1:n, 2) = sqrt(alpha)
        call qrsolv(n, t, ldt, ipvt, wa(1, 2), rhs, p, wa(1, 3), wa(1, 4))
        p(1:n) = -p(1:n)
    end subroutine regularized

    !> norm = |S'**-1 * b|, where S' is below the diagonal of t and its diagonal is sdiag. b is overwritten.
    pure subroutine forward_norm_below(n, t, ldt, sdiag, b, norm, mach)
        integer(c_int), intent(in) :: n, ldt
        real(dp), intent(in) :: t(ldt, n), sdiag(n)
        real(dp), intent(inout) :: b(n)
        real(dp), intent(out) :: norm
        type(machine), intent(in) :: mach
        integer(c_int) :: i, j

        do j = 1, n
            b(j) = b(j) / sdiag(j)
            do i = j + 1, n
                b(i) = b(i) - t(i, j) * b(j)
            end do
        end do
        norm = enorm(n, b, mach)
    end subroutine forward_norm_below

    !> The step from the singular values, V and U'f.
    pure subroutine step_by_spectrum(n, full_rank, delta, sigma, uf, v, alpha, p, wa, mach) &
        bind(c, name="minpack_step_by_spectrum")
        integer(c_int), value :: n
        integer(c_int), value :: full_rank            !! not 0 where no singular value counts as 0
        real(dp), value :: delta
        real(dp), intent(in) :: sigma(n), uf(n), v(n, n)
        real(dp), intent(inout) :: alpha
        real(dp), intent(out) :: p(n)
        real(dp), intent(out) :: wa(n, 2)             !! scratch
        type(machine), intent(in) :: mach
        type(newton) :: s
        real(dp) :: length, lower, slope
        integer :: round
        logical :: close

        lower = 0.0_dp
        if (full_rank /= 0) then
            call combine(n, sigma, uf, v, 0.0_dp, p, wa)
            length = enorm(n, p, mach)
            if (length <= delta) then
                alpha = 0.0_dp
                return
            end if
            call spectral_length(n, sigma, uf, 0.0_dp, length, slope, wa, mach)
            lower = -(length - delta) / slope
        end if
        wa(1:n, 1) = sigma(1:n) * uf(1:n)
        s%delta = delta
        s%alpha = alpha
        s%lower = lower
        s%upper = enorm(n, wa, mach) / delta
        if (full_rank == 0 .and. alpha == 0.0_dp) s%alpha = restart(s)
        do round = 1, most_rounds
            call restart_outside(s)
            call spectral_length(n, sigma, uf, s%alpha, length, slope, wa, mach)
            call improve(s, length - delta, slope, close)
            if (close) exit
        end do
        alpha = s%alpha
        if (.not. abs(alpha) <= huge(1.0_dp)) alpha = 0.0_dp
        call combine(n, sigma, uf, v, alpha, p, wa)
        call stretch(n, p, delta, mach)
    end subroutine step_by_spectrum

    !> length = |p(alpha)|, slope its derivative.
    pure subroutine spectral_length(n, sigma, uf, alpha, length, slope, wa, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: sigma(n), uf(n), alpha
        real(dp), intent(out) :: length, slope
        real(dp), intent(out) :: wa(n, 2)
        type(machine), intent(in) :: mach
        real(dp) :: norm
        integer(c_int) :: k

        do k = 1, n
            wa(k, 1) = component(sigma(k), uf(k), alpha)
            wa(k, 2) = 0.0_dp
            if (wa(k, 1) == 0.0_dp) cycle
            if (sigma(k) > large) then
                wa(k, 2) = wa(k, 1) / (sigma(k) * sqrt(1.0_dp + (alpha / sigma(k)) / sigma(k)))
            else
                wa(k, 2) = wa(k, 1) / sqrt(abs(sigma(k) * sigma(k) + alpha))
            end if
        end do
        length = enorm(n, wa(1, 1), mach)
        norm = enorm(n, wa(1, 2), mach)
        slope = 0.0_dp
        if (length > 0.0_dp) slope = -(norm * (norm / length))
    end subroutine spectral_length

    pure function component(sigma, uf, alpha) result(c)
        real(dp), intent(in) :: sigma, uf, alpha
        real(dp) :: c

        c = 0.0_dp
        if (alpha == 0.0_dp) then
            if (sigma /= 0.0_dp) c = uf / sigma
        else if (sigma > large) then
            c = uf / (sigma + alpha / sigma)
        else if (sigma * uf /= 0.0_dp) then
            c = sigma * uf / (sigma * sigma + alpha)
        end if
    end function component

    !> p(alpha) = -V * (sigma * uf / (sigma**2 + alpha)).
    pure subroutine combine(n, sigma, uf, v, alpha, p, wa)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: sigma(n), uf(n), v(n, n), alpha
        real(dp), intent(out) :: p(n)
        real(dp), intent(out) :: wa(n)
        integer(c_int) :: k

        p(1:n) = 0.0_dp
        do k = 1, n
            wa(k) = component(sigma(k), uf(k), alpha)
            p(1:n) = p(1:n) - v(1:n, k) * wa(k)
        end do
    end subroutine combine

    pure function restart(s) result(alpha)
        type(newton), intent(in) :: s
        real(dp) :: alpha, middle

        alpha = 0.001_dp * s%upper
        middle = sqrt(s%lower * s%upper)
        if (middle > alpha) alpha = middle
    end function restart

    pure subroutine restart_outside(s)
        type(newton), intent(inout) :: s

        if (s%alpha < s%lower .or. s%alpha > s%upper) s%alpha = restart(s)
    end subroutine restart_outside

    !> A round of Newton's method, phi and its derivative known at s%alpha. close: phi was small enough already.
    pure subroutine improve(s, phi, slope, close)
        type(newton), intent(inout) :: s
        real(dp), intent(in) :: phi, slope
        logical, intent(out) :: close
        real(dp) :: ratio

        if (phi < 0.0_dp) s%upper = s%alpha
        ratio = phi / slope
        if (s%alpha - ratio > s%lower) s%lower = s%alpha - ratio
        s%alpha = s%alpha - (phi + s%delta) * ratio / s%delta
        close = abs(phi) < 0.01_dp * s%delta
    end subroutine improve

    !> Give p the length delta.
    pure subroutine stretch(n, p, delta, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(inout) :: p(n)
        real(dp), intent(in) :: delta
        type(machine), intent(in) :: mach
        real(dp) :: factor, length

        length = enorm(n, p, mach)
        if (length == 0.0_dp) return
        factor = delta / length
        p(1:n) = p(1:n) * factor
    end subroutine stretch

end module radius_m
