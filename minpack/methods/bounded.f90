!> Bounded least squares with losses, "trf" and "dogbox", in pure steps: all between two evaluations.
!!
!! begin: nothing is known yet. start: the residuals at x0 are known. prepare: the Jacobian at x is known. factor: its QR
!! factors. propose: a trial point. judge: the residuals there are known. Each says in s%task what comes next. A caller
!! evaluates what is asked for and calls step, which calls these; or the steps themselves, with a factor of its own.
!!
!! The caller owns all arrays: max(m, n) by n for a, 4n**2 + 26n for work, 4n for iwork, 3m for rho (where the loss is
!! callable). ftrial, a and rho are free for differences while the Jacobian is wanted, except rho with a callable loss.
module bounded_m
    use, intrinsic :: iso_c_binding, only: c_int, c_size_t
    use machine_m, only: dp, machine_parameters
    use bounded_state_m
    use bounds_m, only: active, all_finite, coleman_li, is_finite, move_inside, within
    use dogbox_m, only: dogbox_accept, dogbox_gradient_norm, dogbox_propose, dogbox_start
    use enorm_m, only: enorm
    use jacobian_m, only: factor, finite_jacobian, gradient, held
    use losses_m, only: correction, cost_of, loss_argument
    use quadratic_m, only: new_radius, verdict
    use trf_m, only: trf_propose, trf_shape
    implicit none
    private
    public :: bounded_work, bounded_begin, bounded_prepare, bounded_propose, bounded_shape, bounded_step, bounded_active
    public :: start_of

contains

    !> Number of elements of work.
    pure function bounded_work(n) result(elements) bind(c, name="minpack_bounded_work")
        integer(c_int), value :: n
        integer(c_size_t) :: elements

        elements = int(n, c_size_t) * (matrices * int(n, c_size_t) + vectors)
    end function bounded_work

    !> Check the settings and the start; "trf" moves x off the bounds. Then the residuals at x are wanted.
    pure subroutine bounded_begin(s, x, lower, upper, scale) bind(c, name="minpack_bounded_begin")
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(in) :: lower(s%n), upper(s%n)
        real(dp), intent(in) :: scale(s%n)  !! looked at where the scaling is given

        call machine_parameters(0_c_int, s%mach)
        s%task = task_done
        s%status = status_improper
        s%nfev = 0
        s%njev = 0
        s%nit = 0
        s%moved = 0
        s%bounded = 0
        if (s%n <= 0 .or. s%m <= 0 .or. s%max_nfev <= 0 .or. .not. s%f_scale > 0.0_dp) return
        if (s%method /= method_trf .and. s%method /= method_dogbox) return
        if (s%loss < loss_linear .or. s%loss > loss_callable) return
        if (s%scaling == scale_given) then
            if (.not. all(scale > 0.0_dp .and. is_finite(scale))) return
        end if
        if (.not. all(lower < upper)) then
            s%status = status_bounds
            return
        end if
        if (any(is_finite(lower) .or. is_finite(upper))) s%bounded = 1
        if (.not. (within(s%n, x, lower, upper) .and. all(is_finite(x)))) then
            s%status = status_outside
            return
        end if
        if (s%method == method_trf) call move_inside(s%n, x, lower, upper, 1e-10_dp)
        s%status = 0
        s%task = task_start
    end subroutine bounded_begin

    !> The residuals at x0 are known; with a callable loss what it makes of them is wanted next.
    pure subroutine bounded_start(s, x, lower, upper, scale, fvec, rho, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n), scale(s%n), fvec(s%m)
        real(dp), intent(inout) :: rho(s%m, 3), work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)
        integer(c_size_t) :: at

        if (s%task == task_start) then
            s%nfev = 1
            if (.not. all_finite(s%m, fvec)) then
                s%status = status_residuals
                s%task = task_done
                return
            end if
            if (s%loss == loss_callable) then
                call loss_argument(s%m, fvec, s%f_scale, rho)
                s%task = task_loss
                return
            end if
        end if
        s%cost = cost_of(s%loss, s%m, fvec, s%f_scale, rho)
        s%initial_cost = s%cost
        s%reduction = 0.0_dp
        s%step_norm = 0.0_dp
        if (s%scaling == scale_given) then
            at = start_of(s%n, v_inv)
            work(at:at + s%n - 1) = 1.0_dp / scale(1:s%n)
        end if
        if (s%method == method_dogbox) call dogbox_start(s, x, lower, upper, iwork(1, i_on))
        s%task = task_jacobian
    end subroutine bounded_start

    !> Where vector k lies in work.
    pure function start_of(n, k) result(place)
        integer(c_int), intent(in) :: n
        integer, intent(in) :: k
        integer(c_size_t) :: place

        place = 1 + int(n, c_size_t) * (matrices * int(n, c_size_t) + (k - 1))
    end function start_of

    !> fjac is the Jacobian at x. Corrects it for the loss, forms the gradient, and ends the fit if that is small enough or
    !! the last step was the last one; else the factors are wanted, of fjac and, as one more column, ftrial.
    pure subroutine bounded_prepare(s, x, lower, upper, scale, grad, fvec, ftrial, fjac, a, rho, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        real(dp), intent(inout) :: scale(s%n)
        real(dp), intent(out) :: grad(s%n)
        real(dp), intent(in) :: fvec(s%m)
        real(dp), intent(out) :: ftrial(s%m)          !! the residuals, corrected for the loss
        real(dp), intent(inout) :: fjac(s%m, s%n)     !! out: corrected for the loss
        real(dp), intent(inout) :: a(*)               !! scratch
        real(dp), intent(in) :: rho(s%m, 3)
        real(dp), intent(inout) :: work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)

        s%njev = s%njev + 1
        s%moved = 0
        s%outlying = 0.0_dp
        if (s%loss == loss_linear) then
            ftrial(1:s%m) = fvec(1:s%m)
        else
            call correction(s%loss, s%m, fvec, s%f_scale, rho, s%mach%epsmch, a, ftrial, s%outlying)
        end if
        call gradient(s%m, s%n, s%loss /= loss_linear, a, ftrial, fjac, grad)
        if (s%method == method_trf) then
            call coleman_li(s%n, x, grad, lower, upper, work(start_of(s%n, v_v)), work(start_of(s%n, v_dv)), s%g_norm)
        else
            call dogbox_gradient_norm(s, grad, iwork(1, i_on), work(start_of(s%n, 1)))
            if (s%scaling == scale_jac) call scale_held(s, fjac, scale, work(start_of(s%n, 1)))
        end if

        s%task = task_done
        if (s%g_norm < s%gtol) s%status = status_gtol
        if (s%status /= 0 .or. s%nfev == s%max_nfev) return
        if (.not. finite_jacobian(s, fjac, grad, work(start_of(s%n, 1)))) then
            s%status = status_jacobian
            return
        end if
        s%fresh = fresh_jacobian
        s%task = task_factor
    end subroutine bounded_prepare

    !> dogbox's scale of the parameters that are not free, whose columns are not factored.
    pure subroutine scale_held(s, fjac, scale, v)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: fjac(s%m, s%n)
        real(dp), intent(inout) :: scale(s%n), v(s%n, vectors)
        integer(c_int) :: j

        do j = 1, s%n
            if (v(j, v_free) == 0.0_dp) then
                call update_scale(s, enorm(s%m, fjac(1, j), s%mach), v(j, v_inv), scale(j))
            end if
        end do
    end subroutine scale_held

    !> The scale of a parameter from the norm of its column.
    pure subroutine update_scale(s, norm, inverse, scale)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: norm
        real(dp), intent(inout) :: inverse, scale

        if (s%njev == 1) then
            inverse = norm
            if (norm == 0.0_dp) inverse = 1.0_dp
        else if (norm > inverse) then
            inverse = norm
        end if
        scale = 1.0_dp / inverse
    end subroutine update_scale

    !> R and Q'f, of fjac and ftrial as prepare leaves them. fjac is kept, for the result.
    pure subroutine bounded_factor(s, ftrial, fjac, a, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: ftrial(s%m)
        real(dp), intent(in) :: fjac(s%m, s%n)
        real(dp), intent(inout) :: a(*), work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)

        call factor(s, max(s%m, s%n), ftrial, fjac, a, work, work(start_of(s%n, 1)), iwork(1, i_r))
        s%task = task_propose
    end subroutine bounded_factor

    !> The trial point. R is work(:n*n) above the diagonal, Q'f its vector v_qtf, the columns' norms v_acnorm.
    pure subroutine bounded_propose(s, x, lower, upper, scale, xtrial, grad, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        real(dp), intent(inout) :: scale(s%n), xtrial(s%n)
        real(dp), intent(in) :: grad(s%n)
        real(dp), intent(inout) :: work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)
        integer(c_size_t) :: square

        square = int(s%n, c_size_t) * s%n
        if (s%fresh == fresh_jacobian) call bounded_shape(s, x, scale, grad, work, iwork)
        if (s%task == task_done) return
        if (s%method == method_trf) then
            call trf_propose(s, x, lower, upper, xtrial, work(square + 1), work(3 * square + 1), work(4 * square + 1), iwork)
        else
            call dogbox_propose(s, x, lower, upper, xtrial, scale, work, work(3 * square + 1), work(4 * square + 1), iwork)
        end if
    end subroutine bounded_propose

    !> What the first proposal after a Jacobian begins with: the scale, and for trf what is to be factored once more.
    pure subroutine bounded_shape(s, x, scale, grad, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n)
        real(dp), intent(inout) :: scale(s%n)
        real(dp), intent(in) :: grad(s%n)
        real(dp), intent(inout) :: work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)
        integer(c_size_t) :: square

        square = int(s%n, c_size_t) * s%n
        if (s%scaling == scale_jac) call scale_free(s, scale, work(start_of(s%n, 1)))
        if (s%method == method_trf) call trf_shape(s, x, grad, scale, work, work(square + 1), work(4 * square + 1), iwork)
    end subroutine bounded_shape

    pure subroutine scale_free(s, scale, v)
        type(bounded_state), intent(in) :: s
        real(dp), intent(inout) :: scale(s%n), v(s%n, vectors)
        integer(c_int) :: j

        do j = 1, s%n
            if (.not. held(s, j, v)) call update_scale(s, v(j, v_acnorm), v(j, v_inv), scale(j))
        end do
    end subroutine scale_free

    !> ftrial = f(xtrial) is known, and with a callable loss what it makes of them. Moves x or not, and says what is next.
    pure subroutine bounded_judge(s, x, lower, upper, xtrial, grad, fvec, ftrial, rho, work, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(in) :: lower(s%n), upper(s%n), xtrial(s%n)
        real(dp), intent(inout) :: grad(s%n), fvec(s%m)
        real(dp), intent(in) :: ftrial(s%m)
        real(dp), intent(inout) :: rho(s%m, 3), work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)
        real(dp) :: cost

        if (s%task == task_trial) then
            s%nfev = s%nfev + 1
            if (.not. (all_finite(s%m, ftrial) .and. all_finite(s%n, xtrial))) then
                s%delta = 0.25_dp * s%scaled_norm
                call reject(s, -1.0_dp, grad, work(start_of(s%n, 1)))
                return
            end if
            if (s%loss == loss_callable) then
                call loss_argument(s%m, ftrial, s%f_scale, rho)
                s%task = task_loss
                return
            end if
        end if

        cost = cost_of(s%loss, s%m, ftrial, s%f_scale, rho)
        call weigh_step(s, x, cost)
        if (s%reduction > 0.0_dp) then
            call accept(s, x, lower, upper, xtrial, fvec, ftrial, work(start_of(s%n, 1)), iwork)
            s%cost = cost
        else
            call reject(s, s%reduction, grad, work(start_of(s%n, 1)))
        end if
    end subroutine bounded_judge

    !> The new radius, and whether the fit ends with this step.
    pure subroutine weigh_step(s, x, cost)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), cost
        real(dp) :: before, ratio

        s%reduction = s%cost - cost
        before = s%delta
        call new_radius(s%delta, s%reduction, s%predicted, s%scaled_norm, s%hit, ratio)
        s%status = verdict(s%reduction, s%cost, s%step_norm, enorm(s%n, x, s%mach), ratio, s%ftol, s%xtol)
        if (s%status == 0 .and. s%method == method_trf) s%alpha = s%alpha * (before / s%delta)
    end subroutine weigh_step

    pure subroutine accept(s, x, lower, upper, xtrial, fvec, ftrial, v, iwork)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(in) :: lower(s%n), upper(s%n), xtrial(s%n)
        real(dp), intent(out) :: fvec(s%m)
        real(dp), intent(in) :: ftrial(s%m), v(s%n, vectors)
        integer(c_int), intent(inout) :: iwork(s%n, integers)

        if (s%method == method_dogbox) then
            call dogbox_accept(s, x, lower, upper, xtrial, v, iwork)
        else
            x(1:s%n) = xtrial(1:s%n)
        end if
        fvec(1:s%m) = ftrial(1:s%m)
        s%nit = s%nit + 1
        s%task = task_jacobian
    end subroutine accept

    !> x stays. Another trial, or the end.
    pure subroutine reject(s, reduction, grad, v)
        type(bounded_state), intent(inout) :: s
        real(dp), intent(in) :: reduction  !! not positive, or NaN: that ends an iteration, as in SciPy
        real(dp), intent(inout) :: grad(s%n)
        real(dp), intent(in) :: v(s%n, vectors)
        integer(c_int) :: j

        s%task = task_propose
        if (s%status == 0 .and. s%nfev < s%max_nfev) then
            if (reduction /= reduction) s%nit = s%nit + 1
            return
        end if
        s%nit = s%nit + 1
        s%reduction = 0.0_dp
        s%step_norm = 0.0_dp
        s%task = task_done
        do j = 1, s%n
            if (held(s, j, v)) grad(j) = 0.0_dp
        end do
    end subroutine reject

    !> All of it: what s%task asked for is there, go on to what is wanted next, or to the end.
    pure subroutine bounded_step(s, x, lower, upper, scale, xtrial, grad, fvec, ftrial, fjac, a, rho, work, iwork) &
        bind(c, name="minpack_bounded_step")
        type(bounded_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(in) :: lower(s%n), upper(s%n)
        real(dp), intent(inout) :: scale(s%n), xtrial(s%n), grad(s%n)
        real(dp), intent(inout) :: fvec(s%m), ftrial(s%m), fjac(s%m, s%n), a(*), rho(s%m, 3), work(*)
        integer(c_int), intent(inout) :: iwork(s%n, integers)

        if (s%task == task_start .or. (s%task == task_loss .and. s%njev == 0)) then
            call bounded_start(s, x, lower, upper, scale, fvec, rho, work, iwork)
        else if (s%task == task_trial .or. s%task == task_loss) then
            call bounded_judge(s, x, lower, upper, xtrial, grad, fvec, ftrial, rho, work, iwork)
        else if (s%task == task_jacobian) then
            call bounded_prepare(s, x, lower, upper, scale, grad, fvec, ftrial, fjac, a, rho, work, iwork)
        end if
        if (s%task == task_factor) call bounded_factor(s, ftrial, fjac, a, work, iwork)
        if (s%task == task_propose) call bounded_propose(s, x, lower, upper, scale, xtrial, grad, work, iwork)
    end subroutine bounded_step

    !> SciPy's active_mask of a result.
    pure subroutine bounded_active(s, x, lower, upper, iwork, mask) bind(c, name="minpack_bounded_active")
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: x(s%n), lower(s%n), upper(s%n)
        integer(c_int), intent(in) :: iwork(s%n, integers)
        integer(c_int), intent(out) :: mask(s%n)

        if (s%method == method_trf) then
            call active(s%n, x, lower, upper, s%xtol, mask)
        else
            mask(1:s%n) = iwork(1:s%n, i_on)
        end if
    end subroutine bounded_active

end module bounded_m
