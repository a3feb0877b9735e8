!> From one evaluation to the next, for all methods: the only place that tells them apart.
!!
!! After begin, and after each step, s%task says what the fit needs: the residuals at x in fvec, the Jacobian at x in
!! fjac, the residuals at xtrial in ftrial, or nothing, with the reason in s%info. Whoever evaluates puts it there and
!! calls step.
module step_m
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_int
    use machine_m, only: dp
    use fit_state_m, only: fit, task_done, task_start, task_jacobian, task_trial
    use qrfac_m, only: qrfac_rows, qrfac_with
    use lm_m, only: lm_judge, lm_propose, lm_start
    implicit none
    private
    public :: begin, propose, step

    !> The arrays of a fit, which the caller owns.
    type :: arrays
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:), qtf(:), acnorm(:), diag(:)
        real(dp), pointer, contiguous :: xtrial(:), ftrial(:), step(:), wa(:)
        integer(c_int), pointer, contiguous :: ipvt(:)
    end type arrays

contains

    !> Start a fit whose settings are in f%s and whose start is in x: the residuals at x are wanted first.
    pure subroutine begin(f) bind(c, name="minpack_begin")
        type(fit), intent(inout) :: f

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
        type(arrays) :: a

        a = arrays_of(f)
        select case (f%s%task)
        case (task_start)
            f%s%nfev = 1
            call lm_start(f%s, a%fvec, a%diag)
        case (task_jacobian)
            if (f%s%by_rows == 1) then
                call qrfac_rows(f%s%n, a%fjac, a%ipvt, a%qtf, a%acnorm, a%wa, f%s%mach)
            else
                call factor(f%s%m, f%s%n, a)
            end if
            call propose(f)
        case (task_trial)
            call lm_judge(f%s, a%x, a%fvec, a%fjac, a%ipvt, a%qtf, a%diag, a%xtrial, a%ftrial, a%step, a%wa)
        case default
            f%s%task = task_done
        end select

    contains

        !> R in fjac, the first n elements of Q'fvec in qtf, and the norms of the Jacobian's columns in acnorm.
        subroutine factor(m, n, a)
            integer(c_int), intent(in) :: m, n
            type(arrays), intent(in) :: a
            integer(c_int) :: j

            a%ftrial(1:m) = a%fvec(1:m)
            call qrfac_with(m, n, a%fjac, a%ipvt, a%wa(1:n), a%acnorm, a%wa(n + 1:2 * n), f%s%mach, a%ftrial)
            do j = 1, n
                a%fjac((j - 1) * m + j) = a%wa(j)
                a%qtf(j) = a%ftrial(j)
            end do
        end subroutine factor

    end subroutine step

    !> The last part of a step with a Jacobian, for callers that have factored it themselves: R is in the upper triangle
    !! of fjac, and ipvt, qtf and acnorm are known.
    subroutine propose(f) bind(c, name="minpack_propose")
        type(fit), intent(inout) :: f
        type(arrays) :: a

        if (f%s%differences == 1) then
            f%s%nfev = f%s%nfev + f%s%n
        else
            f%s%njev = f%s%njev + 1
        end if
        a = arrays_of(f)
        call lm_propose(f%s, a%x, a%fjac, a%ipvt, a%qtf, a%acnorm, a%diag, a%xtrial, a%step, a%wa)
    end subroutine propose

    function arrays_of(f) result(a)
        type(fit), intent(in) :: f
        type(arrays) :: a

        call c_f_pointer(f%x, a%x, [f%s%n])
        call c_f_pointer(f%fvec, a%fvec, [f%s%m])
        call c_f_pointer(f%fjac, a%fjac, [f%s%ldfjac * f%s%n])
        call c_f_pointer(f%ipvt, a%ipvt, [f%s%n])
        call c_f_pointer(f%qtf, a%qtf, [f%s%n])
        call c_f_pointer(f%acnorm, a%acnorm, [f%s%n])
        call c_f_pointer(f%diag, a%diag, [f%s%n])
        call c_f_pointer(f%xtrial, a%xtrial, [f%s%n])
        call c_f_pointer(f%ftrial, a%ftrial, [f%s%m])
        call c_f_pointer(f%step, a%step, [f%s%n])
        call c_f_pointer(f%wa, a%wa, [3 * f%s%n])
    end function arrays_of

end module step_m
