module lmstr_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp
    use callbacks_m, only: residual_fcn, row_fcn, iteration_fcn
    use lm_steps_m, only: lm_state, lm_start, lm_linearize_rows, lm_update, task_done, task_jacobian
    use rwupdt_m, only: rwupdt
    implicit none
    private
    public :: lmstr

contains

    !> Minimize |f(x)| by Levenberg-Marquardt, with the Jacobian a row at a time, in n by n memory. Else as lmder.
    !!
    !! Source: MINPACK-1 LMSTR (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmstr(fcn, jacrow, iteration, ctx, s, x, fvec, fjac, ipvt, qtf, diag, wa) bind(c, name="minpack_lmstr")
        procedure(residual_fcn) :: fcn
        procedure(row_fcn) :: jacrow
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(lm_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n)
        real(dp), intent(inout) :: fvec(s%m)
        real(dp), intent(inout) :: fjac(s%n, s%n)
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
                call triangularize()
                if (stop /= 0) exit
                s%njev = s%njev + 1
                call lm_linearize_rows(s, x, fjac, ipvt, qtf, diag, wa(trial), wa(step), wa(rest))
            else
                stop = fcn(ctx, s%m, s%n, wa(trial), wa)
                if (stop /= 0) exit
                call lm_update(s, x, fvec, fjac, ipvt, qtf, diag, wa(trial), wa, wa(step), wa(rest))
            end if
            if (present(iteration) .and. s%iter > accepted) stop = iteration(ctx, s, x)
        end do
        if (stop /= 0) s%info = -abs(stop)

    contains

        !> fjac = R and qtf = Q'fvec, from the rows of the Jacobian as they come.
        subroutine triangularize()
            integer(c_int) :: i, cosines, sines
            real(dp) :: alpha

            cosines = rest + s%n
            sines = cosines + s%n
            fjac(1:s%n, 1:s%n) = 0.0_dp
            qtf(1:s%n) = 0.0_dp
            do i = 1, s%m
                stop = jacrow(ctx, s%m, s%n, x, i - 1, wa(rest))
                if (stop /= 0) return
                alpha = fvec(i)
                call rwupdt(s%n, fjac, s%n, wa(rest), qtf, alpha, wa(cosines), wa(sines))
            end do
        end subroutine triangularize

    end subroutine lmstr

end module lmstr_m
