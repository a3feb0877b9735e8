!> "trf" between two evaluations: trust regions shaped by the distance to the bounds, steps reflected at them.
!!
!! Sources: M. A. Branch, T. F. Coleman and Y. Li, "A subspace, interior, and conjugate gradient method for large-scale
!! bound-constrained minimization problems", SIAM J. Sci. Comput. 21 (1999); thresholds and order of the tests are
!! those of SciPy 1.18.1's `least_squares`, by running it.
module trf_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use bounded_state_m
    use bounds_m, only: move_inside
    use enorm_m, only: enorm
    use qrfac_m, only: qrfac_with
    use quadratic_m, only: model
    use reflection_m, only: step_in_bounds
    use radius_m, only: step_by_factor, step_by_spectrum
    use triangular_m, only: finite_upper, frobenius_condition, refine, singular_values, solve_upper
    implicit none
    private
    public :: trf_propose, trf_shape, trf_take_factor

contains

    !> The next trial point. The first one after a Jacobian needs what trf_shape leaves, factored or not.
    pure subroutine trf_propose(s, x, lower, upper, xtrial, t, w, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        real(dp), intent(out) :: xtrial(s%n)
        real(dp), intent(inout) :: t(2 * s%n, s%n), w(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)

        if (s%task == task_again) call factor_again(s, t, v, ipvt)
        if (s%fresh /= 0) call solve_shaped(s, t, v, ipvt)
        call step_in_region(s, t, w, v, ipvt)
        if (s%bounded /= 0) then
            call step_in_bounds(s%n, x, lower, upper, v(1, v_d), v(1, v_gh), t, ipvt(1, i_t), s%delta, s%theta, &
                                v(1, v_sh), v(1, v_step), s%predicted, ipvt(1, i_new), v(1, v_wa), s%mach)
        else
            call model(s%n, t, 2 * s%n, ipvt(1, i_t), v(1, v_gh), v(1, v_sh), s%predicted, v(1, v_wa))
            s%predicted = -s%predicted
            v(1:s%n, v_step) = v(1:s%n, v_d) * v(1:s%n, v_sh)
        end if
        xtrial(1:s%n) = x(1:s%n) + v(1:s%n, v_step)
        if (s%bounded /= 0) call move_inside(s%n, xtrial, lower, upper, 0.0_dp)
        s%step_norm = enorm(s%n, v(1, v_step), s%mach)
        s%scaled_norm = enorm(s%n, v(1, v_sh), s%mach)
        s%hit = 0
        if (s%scaled_norm > 0.95_dp * s%delta) s%hit = 1
        s%task = task_trial
    end subroutine trf_propose

    !> The step within the trust region, bounds aside.
    pure subroutine step_in_region(s, t, w, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: t(2 * s%n, s%n), w(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(in) :: ipvt(s%n, integers)
        integer(c_int) :: done, j, n

        n = s%n
        done = 0
        if (s%fast /= 0) then
            call step_by_factor(n, 2 * n, s%delta, t, ipvt(1, i_t), v(1, v_rhs), v(1, v_gh), v(1, v_newton), s%alpha, &
                                v(1, v_sh), done, v(1, v_wa), s%mach)
        end if
        if (done /= 0) return
        if (s%spectrum == 0) then
            call singular_values(n, 2 * n, t, v(1, v_rhs), v(1, v_sigma), v(1, v_uf), w, s%mach)
            s%spectrum = 1
            if (s%fast == 0) s%full_rank = full_rank_of(s, v(1, v_sigma))
        end if
        call step_by_spectrum(n, s%full_rank, s%delta, v(1, v_sigma), v(1, v_uf), w, s%alpha, v(1, v_wa), v(1, v_wa + 1), &
                              s%mach)
        do j = 1, n
            v(ipvt(j, i_t), v_sh) = v(j, v_wa)
        end do
    end subroutine step_in_region

    pure function full_rank_of(s, sigma) result(full)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: sigma(s%n)
        integer(c_int) :: full
        real(dp) :: largest, least
        integer(c_int) :: j

        largest = sigma(1)
        least = sigma(1)
        do j = 2, s%n
            if (sigma(j) > largest) largest = sigma(j)
            if (sigma(j) < least) least = sigma(j)
        end do
        full = 0
        if (s%m >= s%n .and. least > s%mach%epsmch * real(s%m, dp) * largest) full = 1
    end function full_rank_of

    !> d, the gradient in the variables x / d, and at first the radius.
    pure subroutine shape_region(s, x, g, scale, v)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), g(s%n), scale(s%n)
        real(dp), intent(inout) :: v(s%n, vectors)
        integer(c_int) :: j

        if (s%bounded /= 0) then
            do j = 1, s%n
                if (v(j, v_dv) /= 0.0_dp) v(j, v_v) = v(j, v_v) * v(j, v_inv)
                v(j, v_wa) = x(j) * v(j, v_inv) / sqrt(v(j, v_v))
                v(j, v_d) = sqrt(v(j, v_v)) * scale(j)
            end do
        else
            do j = 1, s%n
                v(j, v_wa) = x(j) * v(j, v_inv)
                v(j, v_d) = scale(j)
            end do
        end if
        v(1:s%n, v_gh) = v(1:s%n, v_d) * g(1:s%n)
        if (s%njev == 1) then
            s%delta = enorm(s%n, v(1, v_wa), s%mach)
            ! 0, or NaN: 0 / 0 where bounds are so close that x is on one
            if (.not. s%delta > 0.0_dp) s%delta = 1.0_dp
            s%alpha = 0.0_dp
        end if
        s%theta = 0.995_dp
        if (1.0_dp - s%g_norm > s%theta) s%theta = 1.0_dp - s%g_norm
    end subroutine shape_region

    !> With R, Q'f and the norms of the Jacobian's columns known: the shape of the region, and t, R*diag(d) on top of the
    !! diagonal that stands for the curvature of the bounds. task_again if that diagonal is not zero: t is to be factored.
    pure subroutine trf_shape(s, x, g, scale, r, t, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), g(s%n), scale(s%n), r(s%n, s%n)
        real(dp), intent(inout) :: t(2 * s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        integer(c_int) :: j, l, n
        logical :: curved, finite

        n = s%n
        call shape_region(s, x, g, scale, v)
        curved = .false.
        finite = .true.
        do j = 1, n
            l = ipvt(j, i_r)
            t(1:j, j) = r(1:j, j) * v(l, v_d)
            t(j + 1:2 * n, j) = 0.0_dp
            if (s%bounded /= 0) then
                t(n + j, j) = sqrt(g(l) * v(l, v_dv) * scale(l))
                if (t(n + j, j) /= 0.0_dp) curved = .true.
                if (.not. t(n + j, j) <= huge(1.0_dp)) finite = .false.
            end if
            v(j, v_rhs) = v(j, v_qtf)
            v(j, v_rhs + 1) = 0.0_dp
            ipvt(j, i_t) = l
        end do
        if (.not. (finite .and. finite_upper(n, t, 2 * n))) then
            s%status = status_jacobian
            s%task = task_done
            return
        end if

        s%fresh = fresh_shape
        if (curved) s%task = task_again
    end subroutine trf_shape

    !> What can be said of t, factored if it is to be; and the minimizer.
    pure subroutine solve_shaped(s, t, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: t(2 * s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        real(dp) :: condition
        integer(c_int) :: j, n

        n = s%n
        call frobenius_condition(n, t, 2 * n, condition, v(1, v_wa), s%mach)
        s%spectrum = 0
        s%full_rank = 0
        s%fast = 0
        if (s%m >= n .and. condition * (10.0_dp * s%mach%epsmch * real(s%m, dp)) < 1.0_dp) then
            s%full_rank = 1
            s%fast = 1
            call refine(n, t, 2 * n, ipvt(1, i_t), condition, s%outlying, v(1, v_gh), v(1, v_rhs), v(1, v_wa), s%mach)
            call solve_upper(n, t, 2 * n, v(1, v_rhs), v(1, v_wa))
            do j = 1, n
                v(ipvt(j, i_t), v_newton) = -v(j, v_wa)
            end do
        else if (s%fresh /= fresh_factor) then
            call factor_again(s, t, v, ipvt)  ! for the pivots, with which the singular values are soon found
        end if
        s%fresh = 0
    end subroutine solve_shaped

    !> Factor t, 2n by n, and carry its right-hand side along.
    pure subroutine factor_again(s, t, v, ipvt)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: t(2 * s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        integer(c_int) :: j

        ! i_new is free here: it is scratch until the step is chosen
        call qrfac_with(2 * s%n, s%n, t, ipvt(1, i_new), v(1, v_wa), v(1, v_wa + 1), v(1, v_wa + 2), s%mach, v(1, v_rhs))
        do j = 1, s%n
            t(j, j) = v(j, v_wa)
        end do
        call trf_take_factor(s, ipvt)
    end subroutine factor_again

    !> t is factored, its upper triangle and right-hand side are there, and the permutation in i_new.
    pure subroutine trf_take_factor(s, ipvt)
        type(bounded_state), intent(inout) :: s
        integer(c_int), intent(inout) :: ipvt(s%n, integers)
        integer(c_int) :: j

        do j = 1, s%n
            ipvt(j, i_t) = ipvt(ipvt(j, i_new), i_r)
        end do
        s%fresh = fresh_factor
        s%task = task_propose
    end subroutine trf_take_factor

end module trf_m
