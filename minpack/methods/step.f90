!> From one evaluation to the next, for all methods: the only place that tells them apart.
!!
!! After begin, and after each step, s%task says what the fit needs: the residuals at x in fvec, the Jacobian at x in
!! fjac, the residuals at xtrial in ftrial, or nothing, with the reason in s%info. Whoever evaluates puts it there and
!! calls step.
module step_m
    use, intrinsic :: iso_c_binding, only: c_associated, c_f_pointer, c_int
    use machine_m, only: dp
    use bounded_fit_m, only: begin_bounded, factors_bounded, part_bounded, prepare_part, propose_part, shape_part, &
                             whole_step
    use bounded_state_m, only: task_again
    use fit_state_m, only: factors, fit, task_done, task_start, task_jacobian, task_trial
    use enorm_m, only: enorm
    use qrfac_m, only: qrfac_rows, qrfac_with
    use lm_m, only: lm_judge, lm_propose, lm_start
    implicit none
    private
    public :: begin, fit_factors, judge, prepare, propose, shape_region, step

contains

    !> Start a fit whose settings are in f%s and whose start is in x: the residuals at x are wanted first.
    subroutine begin(f) bind(c, name="minpack_begin")
        type(fit), intent(inout) :: f

        if (c_associated(f%bounded)) then
            call begin_bounded(f)
            return
        end if
        f%s%task = task_start
        f%s%info = 0
        f%s%nfev = 0
        f%s%njev = 0
        f%s%iter = 1
        f%s%par = 0.0_dp
    end subroutine begin

    !> Go on: the values that f%s%task asks for are in their place now.
    subroutine step(f) bind(c, name="minpack_step")
        type(fit), intent(inout) :: f
        real(dp), pointer, contiguous :: ftrial(:)

        if (c_associated(f%bounded)) then
            call part_bounded(f, whole_step)
            return
        end if
        select case (f%s%task)
        case (task_start)
            call start(f)
        case (task_jacobian)
            call factor(f)
            call propose(f)
        case (task_trial)
            call c_f_pointer(f%ftrial, ftrial, [f%s%m])
            call judge(f, enorm(f%s%m, ftrial, f%s%mach))
        case default
            f%s%task = task_done
        end select
    end subroutine step

    !> The residuals at the start are known.
    subroutine start(f)
        type(fit), intent(inout) :: f
        real(dp), pointer, contiguous :: fvec(:), diag(:)

        call c_f_pointer(f%fvec, fvec, [f%s%m])
        call c_f_pointer(f%diag, diag, [f%s%n])
        f%s%nfev = 1
        call lm_start(f%s, fvec, diag)
        ! MINPACK refuses improper input before it evaluates anything; our caller had to, to learn m
        if (f%s%task == task_done .and. f%s%info == 0) f%s%nfev = 0
    end subroutine start

    !> R in fjac, the first n elements of Q'fvec in qtf, and the norms of the Jacobian's columns in acnorm.
    subroutine factor(f)
        type(fit), intent(inout) :: f
        real(dp), pointer, contiguous :: fvec(:), fjac(:, :), qtf(:), acnorm(:), ftrial(:), wa(:, :)
        integer(c_int), pointer, contiguous :: ipvt(:)
        integer(c_int) :: j, m, n

        m = f%s%m
        n = f%s%n
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac, n])
        call c_f_pointer(f%ipvt, ipvt, [n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%acnorm, acnorm, [n])
        call c_f_pointer(f%wa, wa, [n, 3])
        if (f%s%by_rows == 1) then
            call qrfac_rows(n, fjac, ipvt, qtf, acnorm, wa, f%s%mach)
            return
        end if
        call c_f_pointer(f%fvec, fvec, [m])
        call c_f_pointer(f%ftrial, ftrial, [m])
        do j = 1, m
            ftrial(j) = fvec(j)
        end do
        call qrfac_with(m, n, fjac, ipvt, wa(:, 1), acnorm, wa(:, 2), f%s%mach, ftrial)
        do j = 1, n
            fjac(j, j) = wa(j, 1)
            qtf(j) = ftrial(j)
        end do
    end subroutine factor

    !> The first part of a step with a Jacobian, for callers that factor it themselves: unless the fit is done, the factors
    !! of fjac are wanted, and Q' times ftrial if its method knows bounds, else Q' times fvec.
    subroutine prepare(f) bind(c, name="minpack_prepare")
        type(fit), intent(inout) :: f

        if (c_associated(f%bounded)) call part_bounded(f, prepare_part)
    end subroutine prepare

    !> Where these factors are to be put.
    subroutine fit_factors(f, places) bind(c, name="minpack_fit_factors")
        type(fit), intent(in) :: f
        type(factors), intent(inout) :: places  !! out; compilers would initialize its pointers first

        if (c_associated(f%bounded)) then
            call factors_bounded(f, places)
        else
            places%r = f%fjac
            places%ipvt = f%ipvt
            places%qtf = f%qtf
            places%acnorm = f%acnorm
            places%ldr = f%s%ldfjac
        end if
    end subroutine fit_factors

    !> The next part: these factors are in their places. Whether others are wanted: those of r(ldr, n), which then is a
    !! matrix with a right-hand side in qtf, of 2n rows each; they take the same places.
    function shape_region(f) result(again) bind(c, name="minpack_shape")
        type(fit), intent(inout) :: f
        integer(c_int) :: again

        again = 0
        if (.not. c_associated(f%bounded)) return
        call part_bounded(f, shape_part)
        if (f%s%task == task_again) again = 1
    end function shape_region

    !> The last part of a step with a Jacobian: all factors are in their places.
    subroutine propose(f) bind(c, name="minpack_propose")
        type(fit), intent(inout) :: f
        real(dp), pointer, contiguous :: x(:), fjac(:, :), qtf(:), acnorm(:), diag(:), xtrial(:), step(:), wa(:, :)
        integer(c_int), pointer, contiguous :: ipvt(:)
        integer(c_int) :: n

        if (c_associated(f%bounded)) then
            if (f%s%task /= task_done) call part_bounded(f, propose_part)
            return
        end if
        if (f%s%differences == 1) then
            f%s%nfev = f%s%nfev + f%s%n
        else
            f%s%njev = f%s%njev + 1
        end if
        n = f%s%n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac, n])
        call c_f_pointer(f%ipvt, ipvt, [n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%acnorm, acnorm, [n])
        call c_f_pointer(f%diag, diag, [n])
        call c_f_pointer(f%xtrial, xtrial, [n])
        call c_f_pointer(f%step, step, [n])
        call c_f_pointer(f%wa, wa, [n, 3])
        call lm_propose(f%s, x, fjac, ipvt, qtf, acnorm, diag, xtrial, step, wa)
    end subroutine propose

    !> The residuals at the trial point, and their norm, are known: a step for callers that compute norms themselves.
    subroutine judge(f, norm) bind(c, name="minpack_judge")
        type(fit), intent(inout) :: f
        real(dp), value :: norm
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:, :), qtf(:), diag(:), xtrial(:), ftrial(:), step(:)
        real(dp), pointer, contiguous :: wa(:, :)
        integer(c_int), pointer, contiguous :: ipvt(:)
        integer(c_int) :: n

        n = f%s%n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fvec, fvec, [f%s%m])
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac, n])
        call c_f_pointer(f%ipvt, ipvt, [n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%diag, diag, [n])
        call c_f_pointer(f%xtrial, xtrial, [n])
        call c_f_pointer(f%ftrial, ftrial, [f%s%m])
        call c_f_pointer(f%step, step, [n])
        call c_f_pointer(f%wa, wa, [n, 3])
        call lm_judge(f%s, norm, x, fvec, fjac, ipvt, qtf, diag, xtrial, ftrial, step, wa)
    end subroutine judge

end module step_m
