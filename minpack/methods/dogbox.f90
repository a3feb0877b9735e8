!> "dogbox" between two evaluations: a dogleg in the box that bounds and a rectangular trust region make.
!!
!! Source: C. Voglis and I. E. Lagaris, "A rectangular trust region dogleg approach for unconstrained and bound
!! constrained nonlinear optimization" (2004); thresholds and order of the tests are those of SciPy 1.18.1's
!! `least_squares`, by running it.
module dogbox_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, larger, smaller
    use bounded_state_m
    use bounds_m, only: clip, to_bound
    use enorm_m, only: enorm
    use quadratic_m, only: dot, minimum_on, model, multiply
    use triangular_m, only: finite_upper, frobenius_condition, refine, singular_values, solve_upper
    implicit none
    private
    public :: dogbox_start, dogbox_gradient_norm, dogbox_propose, dogbox_accept

contains

    !> Which parameters are exactly on a bound; the upper one wins.
    pure subroutine dogbox_start(s, x, lower, upper, on_bound)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        integer(c_int), intent(out) :: on_bound(s%n)
        integer(c_int) :: j

        do j = 1, s%n
            on_bound(j) = 0
            if (x(j) == lower(j)) on_bound(j) = -1
            if (x(j) == upper(j)) on_bound(j) = 1
        end do
    end subroutine dogbox_start

    !> The gradient of the free parameters, 0 for those that it presses against their bound, and its norm.
    pure subroutine dogbox_gradient_norm(s, g, on_bound, v)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: g(s%n)
        integer(c_int), intent(in) :: on_bound(s%n)
        real(dp), intent(inout) :: v(s%n, vectors)
        real(dp) :: size
        integer(c_int) :: j

        s%g_norm = 0.0_dp
        do j = 1, s%n
            v(j, v_free) = 1.0_dp
            if (real(on_bound(j), dp) * g(j) < 0.0_dp) v(j, v_free) = 0.0_dp
            v(j, v_gh) = 0.0_dp
            if (v(j, v_free) /= 0.0_dp) v(j, v_gh) = g(j)
            size = abs(v(j, v_gh))
            if (size > s%g_norm .or. size /= size) s%g_norm = size
        end do
    end subroutine dogbox_gradient_norm

    !> The next trial point. The first one after a Jacobian needs R and Q'f, of the Jacobian with the columns of the
    !! parameters that are not free set to 0.
    pure subroutine dogbox_propose(s, x, lower, upper, xtrial, scale, r, w, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        real(dp), intent(out) :: xtrial(s%n)
        real(dp), intent(in) :: scale(s%n), r(s%n, s%n)
        real(dp), intent(inout) :: w(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        real(dp) :: length
        integer(c_int) :: j

        if (s%fresh /= 0) then
            call begin_iteration(s, x, r, w, v, ipvt)
            if (s%task == task_done) return
            s%fresh = 0
        end if

        ! The box, for the step; beyond the radius of a parameter that is not free nothing is.
        do j = 1, s%n
            v(j, v_wa) = larger(lower(j) - x(j), -(s%delta * scale(j)))
            v(j, v_wa + 1) = smaller(upper(j) - x(j), s%delta * scale(j))
            ipvt(j, i_new) = 0
        end do
        s%hit = 0
        if (in_box(s, v)) then
            do j = 1, s%n
                v(j, v_step) = v(j, v_newton)
            end do
        else
            call dogleg(s, x, lower, upper, scale, v, ipvt(1, i_new), ipvt(1, i_t))
        end if

        call model(s%n, r, s%n, ipvt(1, i_r), v(1, v_gh), v(1, v_step), s%predicted, v(1, v_wa + 2))
        s%predicted = -s%predicted
        s%scaled_norm = 0.0_dp
        do j = 1, s%n
            xtrial(j) = clip(x(j) + v(j, v_step), lower(j), upper(j))
            length = abs(v(j, v_step) * v(j, v_inv))
            if (length > s%scaled_norm .or. length /= length) s%scaled_norm = length
        end do
        s%step_norm = enorm(s%n, v(1, v_step), s%mach)
        s%task = task_trial
    end subroutine dogbox_propose

    !> At first the radius; Newton's step and the model along the negative gradient.
    pure subroutine begin_iteration(s, x, r, w, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), r(s%n, s%n)
        real(dp), intent(inout) :: w(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(in) :: ipvt(s%n, integers)
        real(dp) :: length
        integer(c_int) :: j

        if (.not. finite_upper(s%n, r, s%n)) then
            s%status = status_jacobian
            s%task = task_done
            return
        end if
        if (s%njev == 1) then
            s%delta = 0.0_dp
            do j = 1, s%n
                length = abs(x(j) * v(j, v_inv))
                if (length > s%delta) s%delta = length
            end do
            if (s%delta == 0.0_dp) s%delta = 1.0_dp
        end if
        call newton_step(s, r, w, v, ipvt(1, i_r))
        v(1:s%n, v_wa) = -v(1:s%n, v_gh)
        call multiply(s%n, r, s%n, ipvt(1, i_r), v(1, v_wa), v(1, v_wa + 1))
        s%line_a = 0.5_dp * dot(s%n, v(1, v_wa + 1), v(1, v_wa + 1))
        s%line_b = dot(s%n, v(1, v_gh), v(1, v_wa))
    end subroutine begin_iteration

    !> The shortest minimizer of the model; 0 for parameters that are not free.
    pure subroutine newton_step(s, r, w, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: r(s%n, s%n)
        real(dp), intent(inout) :: w(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp) :: condition, largest, value
        integer(c_int) :: free, j, k, n
        logical :: full

        n = s%n
        free = 0
        do j = 1, n
            v(j, v_newton) = 0.0_dp
            if (v(j, v_free) /= 0.0_dp) free = free + 1
        end do
        ! Columns of zeros are the last pivots: the free ones come first where they are of full rank.
        full = free <= s%m .and. all(v(ipvt(1:free), v_free) /= 0.0_dp)
        if (full .and. free > 0) then
            call frobenius_condition(free, r, n, condition, v(1, v_wa), s%mach)
            full = condition * (10.0_dp * s%mach%epsmch * real(s%m, dp)) < 1.0_dp
        end if
        if (full) then
            if (free > 0) then
                call refine(free, r, n, ipvt, condition, s%outlying, v(1, v_gh), v(1, v_qtf), v(1, v_wa), s%mach)
            end if
            call solve_upper(free, r, n, v(1, v_qtf), v(1, v_wa))
            do j = 1, free
                v(ipvt(j), v_newton) = -v(j, v_wa)
            end do
            return
        end if

        call singular_values(n, n, r, v(1, v_qtf), v(1, v_sigma), v(1, v_uf), w, s%mach)
        largest = 0.0_dp
        do k = 1, n
            if (v(k, v_sigma) > largest) largest = v(k, v_sigma)
        end do
        do k = 1, n
            if (.not. v(k, v_sigma) > 0.5_dp * s%mach%epsmch * largest) cycle
            value = v(k, v_uf) / v(k, v_sigma)
            do j = 1, n
                v(ipvt(j), v_newton) = v(ipvt(j), v_newton) - w(j, k) * value
            end do
        end do
    end subroutine newton_step

    pure function in_box(s, v) result(yes)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: v(s%n, vectors)
        logical :: yes
        integer(c_int) :: j

        yes = .true.
        do j = 1, s%n
            if (v(j, v_free) == 0.0_dp) cycle
            if (.not. (v(j, v_newton) >= v(j, v_wa) .and. v(j, v_newton) <= v(j, v_wa + 1))) yes = .false.
        end do
    end function in_box

    !> From the minimum along the negative gradient within the box towards Newton's step, as far as the box goes.
    pure subroutine dogleg(s, x, lower, upper, scale, v, new_bound, hits)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n), scale(s%n)
        real(dp), intent(inout) :: v(s%n, vectors)
        integer(c_int), intent(inout) :: new_bound(s%n)
        integer(c_int), intent(out) :: hits(s%n)  !! scratch
        real(dp) :: low, high, longest, t, value
        integer(c_int) :: j, n

        n = s%n
        do j = 1, n
            v(j, v_wa + 2) = 0.0_dp
            v(j, v_wa + 3) = -v(j, v_gh)  ! 0 where not free, and so never the first to meet a bound
        end do
        call to_bound(n, v(1, v_wa + 2), v(1, v_wa + 3), v(1, v_wa), v(1, v_wa + 1), longest, hits)
        call minimum_on(s%line_a, s%line_b, 0.0_dp, longest, 0.0_dp, t, value)
        do j = 1, n
            v(j, v_wa + 2) = -(t * v(j, v_gh))
            v(j, v_wa + 3) = v(j, v_newton) - v(j, v_wa + 2)
        end do
        call to_bound(n, v(1, v_wa + 2), v(1, v_wa + 3), v(1, v_wa), v(1, v_wa + 1), t, hits)
        do j = 1, n
            v(j, v_step) = v(j, v_wa + 2)
            if (v(j, v_wa + 3) /= 0.0_dp) v(j, v_step) = v(j, v_wa + 2) + t * v(j, v_wa + 3)
            low = -(s%delta * scale(j))
            high = s%delta * scale(j)
            if (hits(j) < 0) then
                if (v(j, v_wa) == lower(j) - x(j)) new_bound(j) = -1
                if (v(j, v_wa) == low) s%hit = 1
            else if (hits(j) > 0) then
                if (v(j, v_wa + 1) == upper(j) - x(j)) new_bound(j) = 1
                if (v(j, v_wa + 1) == high) s%hit = 1
            end if
        end do
    end subroutine dogleg

    !> Take over which parameters are on a bound, and set them there. s%moved says whether x is no longer the trial point.
    pure subroutine dogbox_accept(s, x, lower, upper, xtrial, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(in) :: lower(s%n), upper(s%n), xtrial(s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        integer(c_int) :: j

        do j = 1, s%n
            if (v(j, v_free) /= 0.0_dp) ipvt(j, i_on) = ipvt(j, i_new)
            x(j) = xtrial(j)
            if (ipvt(j, i_on) == -1) x(j) = lower(j)
            if (ipvt(j, i_on) == 1) x(j) = upper(j)
            if (x(j) /= xtrial(j)) s%moved = 1
        end do
    end subroutine dogbox_accept

end module dogbox_m
