!> Levenberg-Marquardt as MINPACK's lmder, lmdif and lmstr have it: what lies between two evaluations.
!!
!! start: the residuals at x0 are known. propose: the factors of the Jacobian at x are known. judge: the residuals at
!! the trial point, and their norm, are known. Each says in s%task what the fit needs next, or why it is done in s%info.
!!
!! Source: MINPACK-1 LMDER, LMDIF, LMSTR (More, Garbow & Hillstrom, ANL-80-74, 1980).
module lm_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, smaller
    use enorm_m, only: enorm
    use fit_state_m, only: fit_state, task_done, task_jacobian, task_trial
    use lmpar_m, only: lmpar
    implicit none
    private
    public :: lm_start, lm_propose, lm_judge

contains

    !> The residuals at the start are known: check the input.
    pure subroutine lm_start(s, fvec, diag)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: fvec(s%m)
        real(dp), intent(in) :: diag(s%n)  !! read if mode is 2

        s%task = task_done
        s%fnorm = enorm(s%m, fvec, s%mach)
        if (s%n <= 0 .or. s%m < s%n .or. s%maxfev <= 0) return
        if (s%ftol < 0.0_dp .or. s%xtol < 0.0_dp .or. s%gtol < 0.0_dp .or. s%factor <= 0.0_dp) return
        if (s%mode == 2) then
            if (any(diag <= 0.0_dp)) return
        end if
        s%task = task_jacobian
    end subroutine lm_start

    !> R, Q'fvec and the norms of the Jacobian's columns are known: scale, test the gradient, make a trial point.
    pure subroutine lm_propose(s, x, fjac, ipvt, qtf, acnorm, diag, xtrial, step, wa)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n)
        real(dp), intent(inout) :: fjac(s%ldfjac, s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(in) :: qtf(s%n), acnorm(s%n)
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(inout) :: xtrial(s%n), step(s%n)  !! out, if task becomes task_trial
        real(dp), intent(out) :: wa(s%n, 3)                !! scratch
        integer(c_int) :: i, j
        real(dp) :: cosine, total

        if (s%iter == 1) call first_scale(s, x, acnorm, diag, wa)

        s%gnorm = 0.0_dp
        if (s%fnorm /= 0.0_dp) then
            wa(1:s%n, 1) = qtf(1:s%n) / s%fnorm
            do j = 1, s%n
                if (acnorm(ipvt(j)) == 0.0_dp) cycle
                total = 0.0_dp
                do i = 1, j
                    total = total + fjac(i, j) * wa(i, 1)
                end do
                cosine = abs(total / acnorm(ipvt(j)))
                if (cosine > s%gnorm .or. s%gnorm /= s%gnorm) s%gnorm = cosine
            end do
        end if
        if (s%gnorm <= s%gtol) then
            s%info = 4
            s%task = task_done
            return
        end if

        if (s%mode /= 2) then
            do j = 1, s%n
                if (acnorm(j) > diag(j) .or. diag(j) /= diag(j)) diag(j) = acnorm(j)
            end do
        end if
        call lm_trial(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
    end subroutine lm_propose

    !> Scale of the parameters, unless it is given, and the step bound that follows from it.
    pure subroutine first_scale(s, x, acnorm, diag, dx)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), acnorm(s%n)
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(out) :: dx(s%n)
        integer(c_int) :: j

        do j = 1, s%n
            if (s%mode /= 2) diag(j) = merge(1.0_dp, acnorm(j), acnorm(j) == 0.0_dp)
            dx(j) = diag(j) * x(j)
        end do
        s%xnorm = enorm(s%n, dx, s%mach)
        s%delta = s%factor * s%xnorm
        if (s%delta == 0.0_dp) s%delta = s%factor
    end subroutine first_scale

    !> The residuals at the trial point are known: move x there or not, change the step bound, test for convergence.
    pure subroutine lm_judge(s, fnorm1, x, fvec, fjac, ipvt, qtf, diag, xtrial, ftrial, step, wa)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: fnorm1  !! |ftrial|
        real(dp), intent(inout) :: x(s%n), fvec(s%m)
        real(dp), intent(inout) :: fjac(s%ldfjac, s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(in) :: qtf(s%n), diag(s%n)
        real(dp), intent(inout) :: xtrial(s%n)
        real(dp), intent(in) :: ftrial(s%m)
        real(dp), intent(inout) :: step(s%n)
        real(dp), intent(out) :: wa(s%n, 3)
        integer(c_int) :: j
        real(dp) :: actred, ratio

        s%nfev = s%nfev + 1
        actred = -1.0_dp
        if (0.1_dp * fnorm1 < s%fnorm) then
            ratio = fnorm1 / s%fnorm
            actred = 1.0_dp - ratio * ratio
        end if
        ratio = 0.0_dp
        if (s%prered /= 0.0_dp) ratio = actred / s%prered
        call change_bound(s, fnorm1, actred, ratio)

        if (ratio >= 0.0001_dp) then
            do j = 1, s%n
                x(j) = xtrial(j)
                wa(j, 1) = diag(j) * x(j)
            end do
            fvec(1:s%m) = ftrial(1:s%m)
            s%xnorm = enorm(s%n, wa(1, 1), s%mach)
            s%fnorm = fnorm1
            s%iter = s%iter + 1
        end if

        call test_convergence(s, actred, ratio)
        if (s%info /= 0) then
            s%task = task_done
        else if (.not. ratio < 0.0001_dp) then  ! NaN too: the Jacobian is taken afresh
            s%task = task_jacobian
        else
            call lm_trial(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
        end if
    end subroutine lm_judge

    !> The next step bound and Levenberg-Marquardt parameter. A ratio that is NaN (the Jacobian is not finite, say)
    !! leaves both as they are.
    pure subroutine change_bound(s, fnorm1, actred, ratio)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: fnorm1, actred, ratio
        real(dp) :: shrink

        if (ratio <= 0.25_dp) then
            shrink = 0.5_dp
            if (actred < 0.0_dp) shrink = 0.5_dp * s%dirder / (s%dirder + 0.5_dp * actred)
            if (0.1_dp * fnorm1 >= s%fnorm .or. shrink < 0.1_dp) shrink = 0.1_dp
            s%delta = shrink * smaller(s%delta, s%pnorm / 0.1_dp)
            s%par = s%par / shrink
        else if (s%par == 0.0_dp .or. ratio >= 0.75_dp) then
            s%delta = s%pnorm / 0.5_dp
            s%par = 0.5_dp * s%par
        end if
    end subroutine change_bound

    !> The reason to end, in s%info.
    pure subroutine test_convergence(s, actred, ratio)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: actred, ratio
        logical :: f_converged

        f_converged = abs(actred) <= s%ftol .and. s%prered <= s%ftol .and. 0.5_dp * ratio <= 1.0_dp
        if (f_converged) s%info = 1
        if (s%delta <= s%xtol * s%xnorm) s%info = merge(3_c_int, 2_c_int, f_converged)
        if (s%info /= 0) return
        ! The tests that say that no more can be had; the last that holds is the one reported.
        if (s%nfev >= s%maxfev) s%info = 5
        if (abs(actred) <= s%mach%epsmch .and. s%prered <= s%mach%epsmch .and. 0.5_dp * ratio <= 1.0_dp) s%info = 6
        if (s%delta <= s%mach%epsmch * s%xnorm) s%info = 7
        if (s%gnorm <= s%mach%epsmch) s%info = 8
    end subroutine test_convergence

    !> The trial point within the step bound, and what the linear model promises of it.
    pure subroutine lm_trial(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n)
        real(dp), intent(inout) :: fjac(s%ldfjac, s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(in) :: qtf(s%n), diag(s%n)
        real(dp), intent(out) :: xtrial(s%n), step(s%n)
        real(dp), intent(out) :: wa(s%n, 3)
        integer(c_int) :: j

        call lmpar(s%n, fjac, s%ldfjac, ipvt, diag, qtf, s%delta, s%par, step, wa(1, 1), wa(1, 2), wa(1, 3), s%mach)
        do j = 1, s%n
            step(j) = -step(j)
            xtrial(j) = x(j) + step(j)
            wa(j, 1) = diag(j) * step(j)
        end do
        s%pnorm = enorm(s%n, wa(1, 1), s%mach)
        if (s%iter == 1) s%delta = smaller(s%delta, s%pnorm)
        call promise(s, fjac, ipvt, step, wa)
        s%task = task_trial
    end subroutine lm_trial

    !> The relative reduction of the sum of squares that the linear model promises, and its derivative along the step.
    pure subroutine promise(s, fjac, ipvt, step, rstep)
        type(fit_state), intent(inout) :: s
        real(dp), intent(in) :: fjac(s%ldfjac, s%n), step(s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(out) :: rstep(s%n)  !! scratch: R*P'*step
        integer(c_int) :: i, j
        real(dp) :: reduction, resistance, temp

        do j = 1, s%n
            rstep(j) = 0.0_dp
            temp = step(ipvt(j))
            do i = 1, j
                rstep(i) = rstep(i) + fjac(i, j) * temp
            end do
        end do
        reduction = enorm(s%n, rstep, s%mach) / s%fnorm
        resistance = (sqrt(s%par) * s%pnorm) / s%fnorm
        s%prered = reduction * reduction + resistance * resistance / 0.5_dp
        s%dirder = -(reduction * reduction + resistance * resistance)
    end subroutine promise

end module lm_m
