!> Bounds on the parameters: what is within, what is on them, and how far it is to them.
!!
!! Sources: C. Voglis and I. E. Lagaris, "A rectangular trust region dogleg approach for unconstrained and bound
!! constrained nonlinear optimization" (2004); M. A. Branch, T. F. Coleman and Y. Li, SIAM J. Sci. Comput. 21 (1999);
!! the thresholds are those of SciPy 1.18.1, by running it.
module bounds_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use elementary_m, only: next_up
    implicit none
    private
    public :: active, move_inside, within, to_bound, coleman_li, clip, infinity, is_finite, all_finite

contains

    !> mask(j) = -1 where x(j) is on its lower bound, 1 where on its upper one, 0 elsewhere; near them is on them with
    !! rtol > 0. The upper one wins.
    pure subroutine active(n, x, lower, upper, rtol, mask) bind(c, name="minpack_active")
        integer(c_int), value :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n)
        real(dp), value :: rtol
        integer(c_int), intent(out) :: mask(n)
        integer(c_int) :: j

        do j = 1, n
            mask(j) = side(x(j), lower(j), upper(j), rtol)
        end do
    end subroutine active

    pure function side(x, lower, upper, rtol) result(which)
        real(dp), intent(in) :: x, lower, upper, rtol
        integer(c_int) :: which
        real(dp) :: below, above, near

        which = 0
        if (rtol == 0.0_dp) then
            if (x <= lower) which = -1
            if (x >= upper) which = 1
            return
        end if
        below = x - lower
        above = upper - x
        if (is_finite(lower)) then
            near = rtol * max(1.0_dp, abs(lower))
            if (below <= above .and. below <= near) which = -1
        end if
        if (is_finite(upper)) then
            near = rtol * max(1.0_dp, abs(upper))
            if (above <= below .and. above <= near) which = 1
        end if
    end function side

    pure elemental function is_finite(x) result(finite)
        real(dp), intent(in) :: x
        logical :: finite

        finite = abs(x) <= huge(1.0_dp)
    end function is_finite

    !> The same for all elements; no early exit, so that compilers use vectors.
    pure function all_finite(m, f) result(finite)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: f(m)
        logical :: finite
        integer(c_int) :: i

        finite = .true.
        do i = 1, m
            if (.not. is_finite(f(i))) finite = .false.
        end do
    end function all_finite

    !> Move what is on a bound off it: by rstep of the bound's size, or to the next number with rstep = 0. Between bounds
    !! that are too close for that, to the middle.
    pure subroutine move_inside(n, x, lower, upper, rstep) bind(c, name="minpack_move_inside")
        integer(c_int), value :: n
        real(dp), intent(inout) :: x(n)
        real(dp), intent(in) :: lower(n), upper(n)
        real(dp), value :: rstep
        integer(c_int) :: j

        do j = 1, n
            select case (side(x(j), lower(j), upper(j), rstep))
            case (-1)
                if (rstep == 0.0_dp) then
                    x(j) = next_up(lower(j))
                else
                    x(j) = lower(j) + rstep * max(1.0_dp, abs(lower(j)))
                end if
            case (1)
                if (rstep == 0.0_dp) then
                    x(j) = -next_up(-upper(j))
                else
                    x(j) = upper(j) - rstep * max(1.0_dp, abs(upper(j)))
                end if
            end select
            if (x(j) < lower(j) .or. x(j) > upper(j)) x(j) = 0.5_dp * (lower(j) + upper(j))
        end do
    end subroutine move_inside

    !> Whether x is within the bounds; on them counts.
    pure function within(n, x, lower, upper) result(yes)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n)
        logical :: yes

        yes = all(x >= lower .and. x <= upper)
    end function within

    !> The largest t with x + t * s within the bounds. hits(j) is the sign of s(j) where component j is the first one to
    !! meet its bound, else 0; several may.
    pure subroutine to_bound(n, x, s, lower, upper, t, hits) bind(c, name="minpack_to_bound")
        integer(c_int), value :: n
        real(dp), intent(in) :: x(n), s(n), lower(n), upper(n)
        real(dp), intent(out) :: t
        integer(c_int), intent(out) :: hits(n)
        real(dp) :: far
        integer(c_int) :: j

        t = infinity()
        do j = 1, n
            far = distance(x(j), s(j), lower(j), upper(j))
            if (far < t) t = far
        end do
        do j = 1, n
            hits(j) = 0
            if (distance(x(j), s(j), lower(j), upper(j)) == t) then
                if (s(j) > 0.0_dp) hits(j) = 1
                if (s(j) < 0.0_dp) hits(j) = -1
            end if
        end do
    end subroutine to_bound

    pure function distance(x, s, lower, upper) result(far)
        real(dp), intent(in) :: x, s, lower, upper
        real(dp) :: far, down, up

        far = infinity()
        if (s /= 0.0_dp) then
            down = (lower - x) / s
            up = (upper - x) / s
            far = down
            if (up > down) far = up
        end if
    end function distance

    pure function infinity() result(value)
        real(dp) :: value

        value = huge(1.0_dp)
        value = 2.0_dp * value
    end function infinity

    !> Coleman and Li's scaling: v(j) is how far it is to the bound that the negative gradient points at, dv(j) its
    !! derivative; 1 and 0 where there is none. largest is the largest |g(j) * v(j)|, NaN where one is.
    pure subroutine coleman_li(n, x, g, lower, upper, v, dv, largest)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n), g(n), lower(n), upper(n)
        real(dp), intent(out) :: v(n), dv(n), largest
        real(dp) :: size
        integer(c_int) :: j

        largest = 0.0_dp
        do j = 1, n
            v(j) = 1.0_dp
            dv(j) = 0.0_dp
            if (g(j) < 0.0_dp .and. is_finite(upper(j))) then
                v(j) = upper(j) - x(j)
                dv(j) = -1.0_dp
            else if (g(j) > 0.0_dp .and. is_finite(lower(j))) then
                v(j) = x(j) - lower(j)
                dv(j) = 1.0_dp
            end if
            size = abs(g(j) * v(j))
            if (size > largest .or. size /= size) largest = size
        end do
    end subroutine coleman_li

    pure function clip(x, lower, upper) result(clipped)
        real(dp), intent(in) :: x, lower, upper
        real(dp) :: clipped

        clipped = x
        if (clipped < lower) clipped = lower
        if (clipped > upper) clipped = upper
    end function clip

end module bounds_m
