module lmder_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp
    use callbacks_m, only: residual_fcn, jacobian_fcn, iteration_fcn
    use lm_steps_m, only: lm_state, lm_start, lm_linearize, lm_update, task_done, task_jacobian
    implicit none
    private
    public :: lmder

contains

    !> Minimize |f(x)| by Levenberg-Marquardt, with the Jacobian computed by jac.
    !!
    !! s comes with sizes, tolerances and machine parameters set, and says at the end how it went: s%info is
    !! MINPACK's code, or minus the callback's answer where one was not 0.
    !!
    !! Source: MINPACK-1 LMDER (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmder(fcn, jac, iteration, ctx, s, x, fvec, fjac, ipvt, qtf, diag, wa) bind(c, name="minpack_lmder")
        procedure(residual_fcn) :: fcn
        procedure(jacobian_fcn) :: jac
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(lm_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)             !! in: the start; out: the minimum
        real(dp), intent(inout) :: fvec(s%m)          !! out: f(x)
        real(dp), intent(inout) :: fjac(s%m, s%n)     !! out: R of the last Jacobian
        integer(c_int), intent(inout) :: ipvt(s%n)    !! out: its permutation, 1-based
        real(dp), intent(inout) :: qtf(s%n)           !! out: Q'fvec, the first n
        real(dp), intent(inout) :: diag(s%n)          !! scale of each parameter: in for mode 2, out for mode 1
        real(dp), intent(inout) :: wa(s%m + 5 * s%n)  !! scratch
        integer(c_int) :: accepted, stop, trial, step, rest

        trial = s%m + 1
        step = trial + s%n
        rest = step + s%n
        stop = fcn(ctx, s%m, s%n, x, fvec)
        if (stop == 0) call lm_start(s, fvec, diag)
        do while (stop == 0 .and. s%task /= task_done)
            accepted = s%iter
            if (s%task == task_jacobian) then
                stop = jac(ctx, s%m, s%n, x, fjac)
                if (stop /= 0) exit
                s%njev = s%njev + 1
                call lm_linearize(s, x, fvec, fjac, ipvt, qtf, diag, wa(trial), wa, wa(step), wa(rest))
            else
                stop = fcn(ctx, s%m, s%n, wa(trial), wa)
                if (stop /= 0) exit
                call lm_update(s, x, fvec, fjac, ipvt, qtf, diag, wa(trial), wa, wa(step), wa(rest))
            end if
            if (present(iteration) .and. s%iter > accepted) stop = iteration(ctx, s, x)
        end do
        if (stop /= 0) s%info = -abs(stop)
    end subroutine lmder

end module lmder_m
