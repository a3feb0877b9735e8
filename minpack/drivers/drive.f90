!> Fits from start to end with C callbacks: one loop over what a fit asks for, and MINPACK's three names for it.
module drive_m
    use, intrinsic :: iso_c_binding, only: c_associated, c_f_pointer, c_f_procpointer, c_int, c_ptr
    use machine_m, only: dp
    use bounded_state_m, only: bounded_fit, status_improper, task_loss
    use callbacks_m, only: residual_fcn, jacobian_fcn, row_fcn, iteration_fcn, loss_fcn
    use differences_fit_m, only: fit_differences
    use fit_state_m, only: fit, task_done, task_start, task_jacobian
    use rwupdt_m, only: rwupdt
    use step_m, only: begin, step
    implicit none
    private
    public :: lmdif, lmder, lmstr, default_maxfev

contains

    !> Minimize |f(x)| by Levenberg-Marquardt, with the Jacobian by forward differences.
    !!
    !! f comes with its settings made and its arrays placed, x the start, and diag given if mode is 2. At the end f%s%info
    !! is MINPACK's code, or minus the answer of a callback that was not 0.
    !!
    !! Source: MINPACK-1 LMDIF (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmdif(fcn, iteration, ctx, f) bind(c, name="minpack_lmdif")
        procedure(residual_fcn) :: fcn
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(fit), intent(inout) :: f

        f%s%differences = 1
        call drive(fcn, ctx, f, iteration=iteration)
    end subroutine lmdif

    !> The same, with the Jacobian computed by jac.
    !!
    !! Source: MINPACK-1 LMDER (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmder(fcn, jac, iteration, ctx, f) bind(c, name="minpack_lmder")
        procedure(residual_fcn) :: fcn
        procedure(jacobian_fcn) :: jac
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(fit), intent(inout) :: f

        f%s%differences = 0
        call drive(fcn, ctx, f, jac=jac, iteration=iteration)
    end subroutine lmder

    !> The same, with the Jacobian one row at a time, in n by n memory: by_rows must be 1 and ldfjac n.
    !!
    !! Source: MINPACK-1 LMSTR (More, Garbow & Hillstrom, ANL-80-74, 1980).
    subroutine lmstr(fcn, jacrow, iteration, ctx, f) bind(c, name="minpack_lmstr")
        procedure(residual_fcn) :: fcn
        procedure(row_fcn) :: jacrow
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(fit), intent(inout) :: f

        f%s%differences = 0
        call drive(fcn, ctx, f, jacrow=jacrow, iteration=iteration)
    end subroutine lmstr

    !> MINPACK's limit on evaluations of the residuals of a fit of n parameters, those for differences included.
    pure function default_maxfev(n, differences) result(maxfev) bind(c, name="minpack_default_maxfev")
        integer(c_int), value :: n, differences
        integer(c_int) :: maxfev
        real(dp) :: wanted

        wanted = merge(200.0_dp, 100.0_dp, differences == 1) * (real(n, dp) + 1.0_dp)
        maxfev = huge(maxfev)
        if (wanted < real(maxfev, dp)) maxfev = int(wanted, c_int)
    end function default_maxfev

    subroutine drive(fcn, ctx, f, jac, jacrow, iteration)
        procedure(residual_fcn) :: fcn
        procedure(jacobian_fcn), optional :: jac
        procedure(row_fcn), optional :: jacrow
        procedure(iteration_fcn), optional :: iteration
        type(c_ptr), value :: ctx
        type(fit), intent(inout) :: f
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:), qtf(:), xtrial(:), ftrial(:), wa(:)
        integer(c_int) :: accepted, m, n, stop

        m = f%s%m
        n = f%s%n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fvec, fvec, [m])
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac * n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%xtrial, xtrial, [n])
        call c_f_pointer(f%ftrial, ftrial, [m])
        call c_f_pointer(f%wa, wa, [3 * n])
        stop = 0
        call begin(f)
        do while (f%s%task /= task_done)
            accepted = f%s%iter
            if (f%s%task == task_loss) then
                call evaluate_loss(f, stop)
            else if (f%s%task == task_start) then
                stop = fcn(ctx, m, n, x, fvec)
            else if (f%s%task /= task_jacobian) then
                stop = fcn(ctx, m, n, xtrial, ftrial)
            else if (present(jac)) then
                stop = jac(ctx, m, n, x, fjac)
            else if (present(jacrow)) then
                call triangularize(jacrow, ctx, m, n, x, fvec, fjac, qtf, wa, stop)
            else
                call fit_differences(fcn, ctx, f, stop)
            end if
            if (stop /= 0) exit
            call step(f)
            if (present(iteration) .and. f%s%iter > accepted) stop = iteration(ctx, f%s, x)
            if (stop /= 0) exit
        end do
        if (stop /= 0) f%s%info = -abs(stop)
    end subroutine drive

    !> The loss of the squares in the first column of rho; its values and derivatives take their place.
    subroutine evaluate_loss(f, stop)
        type(fit), intent(in) :: f
        integer(c_int), intent(out) :: stop
        type(bounded_fit), pointer :: b
        real(dp), pointer, contiguous :: rho(:, :)
        procedure(loss_fcn), pointer :: loss
        integer(c_int) :: i

        call c_f_pointer(f%bounded, b)
        stop = status_improper
        if (.not. c_associated(b%callable)) return
        call c_f_procpointer(b%callable, loss)
        call c_f_pointer(b%rho, rho, [f%s%m, 4])
        do i = 1, f%s%m  ! the loss may read the squares after it has written
            rho(i, 4) = rho(i, 1)
        end do
        stop = loss(f%s%m, rho(:, 4), rho)
    end subroutine evaluate_loss

    !> R in fjac and Q'fvec in qtf, from the rows of the Jacobian as they come.
    subroutine triangularize(jacrow, ctx, m, n, x, fvec, fjac, qtf, wa, stop)
        procedure(row_fcn) :: jacrow
        type(c_ptr), value :: ctx
        integer(c_int), intent(in) :: m, n
        real(dp), intent(in) :: x(n), fvec(m)
        real(dp), intent(out) :: fjac(n, n), qtf(n)
        real(dp), intent(out) :: wa(n, 3)
        integer(c_int), intent(inout) :: stop
        integer(c_int) :: i
        real(dp) :: alpha

        fjac(1:n, 1:n) = 0.0_dp
        qtf(1:n) = 0.0_dp
        do i = 1, m
            stop = jacrow(ctx, m, n, x, i - 1, wa)
            if (stop /= 0) return
            alpha = fvec(i)
            call rwupdt(n, fjac, n, wa, qtf, alpha, wa(1, 2), wa(1, 3))
        end do
    end subroutine triangularize

end module drive_m
