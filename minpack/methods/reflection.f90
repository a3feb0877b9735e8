!> trf's choice among three steps where the one within the trust region would leave the bounds: cut short at the bound,
!! reflected there, or along the gradient.
!!
!! Source: T. F. Coleman and Y. Li, "An interior trust region approach for nonlinear minimization subject to bounds",
!! SIAM J. Optim. 6 (1996); Branch, Coleman & Li (1999) as in trf.f90.
module reflection_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use bounds_m, only: infinity, to_bound, within
    use enorm_m, only: enorm
    use quadratic_m, only: line, minimum_on, model
    implicit none
    private
    public :: step_in_bounds

contains

    !> The step s and, in the variables of the trust region, sh, with the reduction that the model promises.
    pure subroutine step_in_bounds(n, x, lower, upper, d, gh, t, ipvt, delta, theta, sh, s, predicted, hits, wa, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n)
        real(dp), intent(in) :: d(n), gh(n)          !! s = d * sh; the gradient with respect to sh
        real(dp), intent(in) :: t(2 * n, n)          !! with ipvt: the factor of the model
        integer(c_int), intent(in) :: ipvt(n)
        real(dp), intent(in) :: delta, theta
        real(dp), intent(inout) :: sh(n)             !! in: the step within the trust region; out: the one chosen
        real(dp), intent(out) :: s(n), predicted
        integer(c_int), intent(out) :: hits(n)       !! scratch
        real(dp), intent(out) :: wa(n, 7)            !! scratch
        type(machine), intent(in) :: mach
        real(dp) :: cut, gradient, reflected, stride
        integer(c_int) :: j

        do j = 1, n
            s(j) = d(j) * sh(j)
            wa(j, 1) = x(j) + s(j)
        end do
        if (within(n, wa(1, 1), lower, upper)) then
            call model(n, t, 2 * n, ipvt, gh, sh, cut, wa(1, 6))
            predicted = -cut
            return
        end if

        call to_bound(n, x, s, lower, upper, stride, hits)
        do j = 1, n
            wa(j, 2) = sh(j)  ! reflected
            if (hits(j) /= 0) wa(j, 2) = -sh(j)
            sh(j) = stride * sh(j)
            s(j) = stride * s(j)
        end do
        call reflect(n, x, lower, upper, d, gh, t, ipvt, delta, theta, stride, sh, s, wa(1, 2), reflected, hits, wa(1, 4))
        do j = 1, n
            sh(j) = theta * sh(j)
            s(j) = theta * s(j)
        end do
        call model(n, t, 2 * n, ipvt, gh, sh, cut, wa(1, 6))
        call along_gradient(n, x, lower, upper, d, gh, t, ipvt, delta, theta, wa(1, 3), gradient, hits, wa(1, 4), mach)

        predicted = -cut
        if (cut < reflected .and. cut < gradient) return
        if (reflected < cut .and. reflected < gradient) then
            predicted = -reflected
            call take(n, d, wa(1, 2), sh, s)
        else
            predicted = -gradient
            call take(n, d, wa(1, 3), sh, s)
        end if
    end subroutine step_in_bounds

    pure subroutine take(n, d, chosen, sh, s)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: d(n), chosen(n)
        real(dp), intent(out) :: sh(n), s(n)
        integer(c_int) :: j

        do j = 1, n
            sh(j) = chosen(j)
            s(j) = d(j) * sh(j)
        end do
    end subroutine take

    !> From the bound that sh, s reach, the best step along the reflected direction rh, within trust region and bounds.
    pure subroutine reflect(n, x, lower, upper, d, gh, t, ipvt, delta, theta, stride, sh, s, rh, value, hits, wa)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n), d(n), gh(n), t(2 * n, n)
        integer(c_int), intent(in) :: ipvt(n)
        real(dp), intent(in) :: delta, theta, stride, sh(n), s(n)
        real(dp), intent(inout) :: rh(n)             !! in: the direction; out: the step, where value is finite
        real(dp), intent(out) :: value               !! the model there; huge where there is no such step
        integer(c_int), intent(out) :: hits(n)
        real(dp), intent(out) :: wa(n, 4)
        real(dp) :: a, b, c, high, low, room, to_radius, u
        integer(c_int) :: j

        value = infinity()
        do j = 1, n
            wa(j, 1) = x(j) + s(j)
            wa(j, 2) = d(j) * rh(j)
        end do
        to_radius = distance_to_radius(n, sh, rh, delta)
        call to_bound(n, wa(1, 1), wa(1, 2), lower, upper, room, hits)
        u = to_radius
        if (room < u) u = room
        if (.not. u > 0.0_dp) return
        low = (1.0_dp - theta) * stride / u
        high = to_radius
        if (u == room) high = theta * room
        if (.not. low <= high) return
        call line(n, t, 2 * n, ipvt, gh, rh, a, b, c, wa(1, 3), sh)
        call minimum_on(a, b, low, high, c, u, value)
        rh(1:n) = u * rh(1:n) + sh(1:n)
    end subroutine reflect

    !> The larger u with |x + u * s| = delta, for x within.
    pure function distance_to_radius(n, x, s, delta) result(u)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), s(n), delta
        real(dp) :: u, a, b, c, q, unit, length
        integer(c_int) :: j

        ! Squares of what is far from 1 would overflow or vanish.
        unit = 1.0_dp
        if (delta > 1e70_dp .or. delta < 1e-70_dp) unit = 1.0_dp / delta
        a = 0.0_dp
        b = 0.0_dp
        c = 0.0_dp
        do j = 1, n
            a = a + (unit * s(j)) * (unit * s(j))
            b = b + (unit * x(j)) * (unit * s(j))
            c = c + (unit * x(j)) * (unit * x(j))
        end do
        length = unit * delta
        c = c - length * length
        if (c > 0.0_dp) c = 0.0_dp  ! by rounding only
        q = -(b + sign(sqrt(b * b - a * c), b))
        u = q / a
        if (q /= 0.0_dp) then
            if (c / q > u) u = c / q
        end if
    end function distance_to_radius

    !> The best step along the negative gradient, within trust region and bounds.
    pure subroutine along_gradient(n, x, lower, upper, d, gh, t, ipvt, delta, theta, ah, value, hits, wa, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n), d(n), gh(n), t(2 * n, n)
        integer(c_int), intent(in) :: ipvt(n)
        real(dp), intent(in) :: delta, theta
        real(dp), intent(out) :: ah(n), value
        integer(c_int), intent(out) :: hits(n)
        real(dp), intent(out) :: wa(n, 4)
        type(machine), intent(in) :: mach
        real(dp) :: a, b, c, longest, room, u
        integer(c_int) :: j

        do j = 1, n
            ah(j) = -gh(j)
            wa(j, 1) = d(j) * ah(j)
        end do
        longest = delta / enorm(n, ah, mach)
        call to_bound(n, x, wa(1, 1), lower, upper, room, hits)
        if (room < longest) longest = theta * room
        call line(n, t, 2 * n, ipvt, gh, ah, a, b, c, wa(1, 2))
        call minimum_on(a, b, 0.0_dp, longest, 0.0_dp, u, value)
        ah(1:n) = u * ah(1:n)
    end subroutine along_gradient

end module reflection_m
