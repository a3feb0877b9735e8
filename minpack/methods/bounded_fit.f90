!> Bounded fits as fits like all others: what step.f90 does if a fit has a bounded_fit.
module bounded_fit_m
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_int, c_loc, c_size_t
    use machine_m, only: dp
    use bounded_m, only: bounded_begin, bounded_prepare, bounded_propose, bounded_shape, bounded_step, start_of
    use bounded_state_m, only: bounded_fit, i_new, i_r, integers, loss_callable, matrices, task_again, &
                               task_propose, v_acnorm, v_qtf, v_rhs, v_wa, vectors
    use fit_state_m, only: factors, fit
    use trf_m, only: trf_take_factor
    implicit none
    private
    public :: begin_bounded, factors_bounded, part_bounded

    !> All that lies before the next evaluation; of it the part to where the factors of the Jacobian are wanted, if they
    !! are; the part that follows, which ends early if the factors of another matrix are wanted; the last, to the trial
    !! point.
    integer, parameter, public :: whole_step = 1, prepare_part = 2, shape_part = 3, propose_part = 4

contains

    !> Check the start and the bounds. Nothing is wanted if they are not valid.
    subroutine begin_bounded(f)
        type(fit), intent(inout) :: f
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: x(:), lower(:), upper(:), scale(:)

        call c_f_pointer(f%bounded, b)
        b%s%m = f%s%m
        b%s%n = f%s%n
        call c_f_pointer(f%x, x, [f%s%n])
        call c_f_pointer(b%lower, lower, [f%s%n])
        call c_f_pointer(b%upper, upper, [f%s%n])
        call c_f_pointer(b%scale, scale, [f%s%n])
        call bounded_begin(b%s, x, lower, upper, scale)
        call report(f, b)
    end subroutine begin_bounded

    !> A step of a bounded fit, or a part of one.
    subroutine part_bounded(f, part)
        type(fit), intent(inout) :: f
        integer, intent(in) :: part
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:), xtrial(:), ftrial(:)
        real(dp), pointer, contiguous :: lower(:), upper(:), scale(:), grad(:), a(:), rho(:), work(:)
        integer(c_int), pointer, contiguous :: iwork(:)
        integer(c_size_t) :: m, n  ! an int may not count their products

        m = f%s%m
        n = f%s%n
        call c_f_pointer(f%bounded, b)
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fvec, fvec, [m])
        call c_f_pointer(f%fjac, fjac, [m * n])
        call c_f_pointer(f%xtrial, xtrial, [n])
        call c_f_pointer(f%ftrial, ftrial, [m])
        call c_f_pointer(b%lower, lower, [n])
        call c_f_pointer(b%upper, upper, [n])
        call c_f_pointer(b%scale, scale, [n])
        call c_f_pointer(b%grad, grad, [n])
        call c_f_pointer(b%a, a, [max(m, n) * n])
        call c_f_pointer(b%work, work, [n * (matrices * n + vectors)])
        call c_f_pointer(b%iwork, iwork, [n * integers])
        rho => a  ! only a callable loss looks at it, so that anything may stand for it
        if (b%s%loss == loss_callable) call c_f_pointer(b%rho, rho, [3 * m])
        select case (part)
        case (prepare_part)
            call bounded_prepare(b%s, x, lower, upper, scale, grad, fvec, ftrial, fjac, a, rho, work, iwork)
        case (shape_part)
            b%s%task = task_propose
            call bounded_shape(b%s, x, scale, grad, work, iwork)
        case (propose_part)
            if (b%s%task == task_again) call trf_take_factor(b%s, iwork)
            call bounded_propose(b%s, x, lower, upper, scale, xtrial, grad, work, iwork)
        case default
            call bounded_step(b%s, x, lower, upper, scale, xtrial, grad, fvec, ftrial, fjac, a, rho, work, iwork)
        end select
        call report(f, b)
    end subroutine part_bounded

    !> Where a caller that factors the Jacobian itself puts the factors.
    subroutine factors_bounded(f, places)
        type(fit), intent(in) :: f
        type(factors), intent(inout) :: places
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: work(:)
        integer(c_int), pointer, contiguous :: iwork(:)
        integer(c_int) :: n

        n = f%s%n
        call c_f_pointer(f%bounded, b)
        call c_f_pointer(b%work, work, [n * (matrices * n + vectors)])
        call c_f_pointer(b%iwork, iwork, [n * integers])
        if (b%s%task == task_again) then
            places%r = c_loc(work(1 + n * n))
            places%ldr = 2 * n
            places%qtf = c_loc(work(start_of(n, v_rhs)))
            places%acnorm = c_loc(work(start_of(n, v_wa)))
            places%ipvt = c_loc(iwork(1 + n * (i_new - 1)))
            return
        end if
        places%r = b%work
        places%ldr = n
        places%qtf = c_loc(work(start_of(n, v_qtf)))
        places%acnorm = c_loc(work(start_of(n, v_acnorm)))
        places%ipvt = c_loc(iwork(1 + n * (i_r - 1)))
    end subroutine factors_bounded

    !> What all methods say.
    subroutine report(f, b)
        type(fit), intent(inout) :: f
        type(bounded_fit), intent(in) :: b

        f%s%task = b%s%task
        f%s%info = b%s%status
        f%s%nfev = b%s%nfev
        f%s%njev = b%s%njev
        f%s%iter = b%s%nit + 1
    end subroutine report

end module bounded_fit_m
