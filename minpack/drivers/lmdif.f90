module lmdif_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp
    use callbacks_m, only: residual_fcn, iteration_fcn
    use fdjac2_m, only: fdjac2
    use lm_steps_m, only: lm_state, lm_start, lm_linearize, lm_update, task_done, task_jacobian
    implicit none
    private
    public :: lmdif

contains

    !> Minimize |f(x)| by Levenberg-Marquardt, with the Jacobian by forward differences. Else as lmder.
    !!
    !! Source: MINPACK-1 LMDIF (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmdif(fcn, iteration, ctx, s, x, fvec, fjac, ipvt, qtf, diag, wa) bind(c, name="minpack_lmdif")
        procedure(residual_fcn) :: fcn
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(lm_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(inout) :: fvec(s%m)
        real(dp), intent(inout) :: fjac(s%m, s%n)
        integer(c_int), intent(inout) :: ipvt(s%n)
        real(dp), intent(inout) :: qtf(s%n)
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(inout) :: wa(s%m + 5 * s%n)
        integer(c_int) :: accepted, stop, trial, step, rest

        trial = s%m + 1
        step = trial + s%n
        rest = step + s%n
        stop = fcn(ctx, s%m, s%n, x, fvec)
        if (stop == 0) call lm_start(s, fvec, diag)
        do while (stop == 0 .and. s%task /= task_done)
            accepted = s%iter
            if (s%task == task_jacobian) then
                call fdjac2(fcn, ctx, s%m, s%n, x, fvec, fjac, s%epsfcn, wa, s%mach, stop)
                if (stop /= 0) exit
                s%nfev = s%nfev + s%n
                call lm_linearize(s, x, fvec, fjac, ipvt, qtf, diag, wa(trial), wa, wa(step), wa(rest))
            else
                stop = fcn(ctx, s%m, s%n, wa(trial), wa)
                if (stop /= 0) exit
                call lm_update(s, x, fvec, fjac, ipvt, qtf, diag, wa(trial), wa, wa(step), wa(rest))
            end if
            if (present(iteration) .and. s%iter > accepted) stop = iteration(ctx, s, x)
        end do
        if (stop /= 0) s%info = -abs(stop)
    end subroutine lmdif

end module lmdif_m
