!> One fit: its scalars, and where the arrays lie that the caller owns. minpack.h declares the same for C.
module fit_state_m
    use, intrinsic :: iso_c_binding, only: c_associated, c_f_pointer, c_int, c_loc, c_ptr, c_size_t
    use machine_m, only: dp, machine
    use bounded_state_m, only: bounded_fit, integers, loss_callable, matrices, task_done, task_jacobian, task_start, task_trial, &
                               vectors
    implicit none
    private
    public :: factors, fit, fit_state, task_done, task_start, task_jacobian, task_trial

    type, bind(c) :: fit_state
        type(machine) :: mach
        real(dp) :: ftol, xtol, gtol  !! tolerances, >= 0
        real(dp) :: factor            !! bound on the first step, in units of |D*x0|, > 0
        real(dp) :: epsfcn            !! relative error of the residuals, for difference steps
        integer(c_int) :: m, n        !! number of residuals and of parameters, 1 <= n <= m
        integer(c_int) :: by_rows     !! 1: fjac and qtf arrive as R and Q'fvec, made from rows; else 0
        integer(c_int) :: differences !! 1: Jacobians cost n evaluations of the residuals each; else 0
        integer(c_int) :: ldfjac      !! leading dimension of fjac: m, or n if only R is held
        integer(c_int) :: maxfev      !! limit on evaluations of the residuals, looked at after each trial, > 0
        integer(c_int) :: mode        !! 1: diag is chosen from the Jacobian; 2: diag is given
        integer(c_int) :: task        !! what is needed next
        integer(c_int) :: info        !! MINPACK's code of the outcome, 0 until there is one
        integer(c_int) :: nfev, njev  !! evaluations so far
        integer(c_int) :: iter        !! 1 + accepted steps
        real(dp) :: fnorm             !! |fvec| at x
        real(dp) :: xnorm             !! |D*x|
        real(dp) :: gnorm             !! largest cosine between fvec and a column of the Jacobian
        real(dp) :: delta             !! step bound
        real(dp) :: par               !! Levenberg-Marquardt parameter
        real(dp) :: pnorm             !! |D*step|
        real(dp) :: prered            !! relative reduction of |fvec|**2 that the linear model promises of the step
        real(dp) :: dirder            !! half its derivative along the step
    end type fit_state

    type, bind(c) :: fit
        type(fit_state) :: s
        type(c_ptr) :: x       !! (n): the point
        type(c_ptr) :: fvec    !! (m): its residuals
        type(c_ptr) :: fjac    !! (ldfjac, n): in: the Jacobian; out: R in the upper triangle
        type(c_ptr) :: ipvt    !! (n): the permutation of its columns, 1-based
        type(c_ptr) :: qtf     !! (n): the first n elements of Q'fvec
        type(c_ptr) :: acnorm  !! (n): the norms of the Jacobian's columns
        type(c_ptr) :: diag    !! (n): scale of each parameter
        type(c_ptr) :: xtrial  !! (n): the trial point
        type(c_ptr) :: ftrial  !! (m): its residuals
        type(c_ptr) :: step    !! (n): from x to the trial point
        type(c_ptr) :: wa      !! (3*n): scratch
        type(c_ptr) :: bounded !! null, or a bounded_fit: then its method goes, and fjac keeps the Jacobian
    end type fit

    !> Where the factors of a fit's Jacobian belong, for callers that factor it: R with its diagonal in the upper triangle
    !! of r(ldr, n), the rest as in a fit.
    type, bind(c) :: factors
        type(c_ptr) :: r, ipvt, qtf, acnorm
        integer(c_int) :: ldr
    end type factors

contains

    !> How many doubles the arrays take that have no place yet (are null).
    function fit_room(f) result(room) bind(c, name="minpack_fit_room")
        type(fit), intent(in) :: f
        type(bounded_fit), pointer :: b
        integer(c_size_t) :: room, n, m

        n = f%s%n
        m = f%s%m
        room = needed(f%x, n) + needed(f%fvec, m) + needed(f%fjac, f%s%ldfjac * n) + needed(f%ipvt, (n + 1) / 2) &
               + needed(f%qtf, n) + needed(f%acnorm, n) + needed(f%diag, n) + needed(f%xtrial, n) &
               + needed(f%ftrial, m) + needed(f%step, n) + needed(f%wa, 3 * n)
        if (.not. c_associated(f%bounded)) return
        call c_f_pointer(f%bounded, b)
        room = room + needed(b%lower, n) + needed(b%upper, n) + needed(b%scale, n) + needed(b%grad, n) &
               + needed(b%a, max(m, n) * n) + needed(b%rho, size_of_rho(b, m)) &
               + needed(b%work, n * (matrices * n + vectors)) + needed(b%iwork, (integers * n + 1) / 2)
    end function fit_room

    !> Give these arrays their places in memory of that size.
    subroutine fit_place(f, room) bind(c, name="minpack_fit_place")
        type(fit), intent(inout) :: f
        real(dp), intent(in), target :: room(*)
        type(bounded_fit), pointer :: b
        integer(c_size_t) :: next, n, m

        n = f%s%n
        m = f%s%m
        next = 1
        call place(f%x, n)
        call place(f%fvec, m)
        call place(f%fjac, f%s%ldfjac * n)
        call place(f%ipvt, (n + 1) / 2)
        call place(f%qtf, n)
        call place(f%acnorm, n)
        call place(f%diag, n)
        call place(f%xtrial, n)
        call place(f%ftrial, m)
        call place(f%step, n)
        call place(f%wa, 3 * n)
        if (.not. c_associated(f%bounded)) return
        call c_f_pointer(f%bounded, b)
        call place(b%lower, n)
        call place(b%upper, n)
        call place(b%scale, n)
        call place(b%grad, n)
        call place(b%a, max(m, n) * n)
        call place(b%rho, size_of_rho(b, m))
        call place(b%work, n * (matrices * n + vectors))
        call place(b%iwork, (integers * n + 1) / 2)

    contains

        subroutine place(array, size)
            type(c_ptr), intent(inout) :: array
            integer(c_size_t), intent(in) :: size

            if (c_associated(array)) return
            array = c_loc(room(next))
            next = next + size
        end subroutine place

    end subroutine fit_place

    pure function size_of_rho(b, m) result(elements)
        type(bounded_fit), intent(in) :: b
        integer(c_size_t), intent(in) :: m
        integer(c_size_t) :: elements

        elements = merge(4 * m, 0_c_size_t, b%s%loss == loss_callable)
    end function size_of_rho

    pure function needed(array, size)
        type(c_ptr), intent(in) :: array
        integer(c_size_t), intent(in) :: size
        integer(c_size_t) :: needed

        needed = merge(0_c_size_t, size, c_associated(array))
    end function needed

end module fit_state_m
