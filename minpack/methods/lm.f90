!> Levenberg-Marquardt in pure steps: everything that lmder, lmdif and lmstr do between two evaluations.
!!
!! start: the residuals at x0 are known. linearize: the Jacobian at x is known. update: the residuals at the
!! trial point are known. Each says in s%task what it needs next: the Jacobian at x, the residuals at xtrial, or
!! nothing, with the reason in s%info. The caller owns all arrays, so that one fit or many can be driven.
!!
!! Source: MINPACK-1 LMDER, LMDIF, LMSTR (More, Garbow & Hillstrom, ANL-80-74, 1980).
module lm_steps_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine, larger, smaller
    use enorm_m, only: enorm
    use qrfac_m, only: qrfac_with
    use lmpar_m, only: lmpar
    implicit none
    private
    public :: lm_state, task_done, task_jacobian, task_trial
    public :: lm_start, lm_linearize, lm_linearize_rows, lm_begin_iteration, lm_update

    integer(c_int), parameter :: task_done = 0, task_jacobian = 1, task_trial = 2

    type, bind(c) :: lm_state
        type(machine) :: mach
        real(dp) :: ftol, xtol, gtol  !! tolerances, >= 0
        real(dp) :: factor            !! bound on the first step, in units of |D*x0|, > 0
        real(dp) :: epsfcn            !! relative error of the residuals, for difference steps
        integer(c_int) :: m, n        !! number of residuals and of parameters, 1 <= n <= m
        integer(c_int) :: ldfjac      !! leading dimension of fjac: m, or n for lmstr
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
    end type lm_state

contains

    !> First step: fvec = f(x) is known. Checks the input; nfev counts the evaluation already made.
    pure subroutine lm_start(s, fvec, diag) bind(c, name="minpack_lm_start")
        type(lm_state), intent(inout) :: s
        real(dp), intent(in) :: fvec(s%m)
        real(dp), intent(in) :: diag(s%n)  !! read where mode is 2

        s%task = task_done
        s%info = 0
        s%nfev = 1
        s%njev = 0
        s%iter = 1
        s%par = 0.0_dp
        s%fnorm = enorm(s%m, fvec, s%mach)
        if (s%n <= 0 .or. s%m < s%n .or. s%maxfev <= 0) return
        if (s%ftol < 0.0_dp .or. s%xtol < 0.0_dp .or. s%gtol < 0.0_dp .or. s%factor <= 0.0_dp) return
        if (s%mode == 2) then
            if (any(diag(1:s%n) <= 0.0_dp)) return
        end if
        s%task = task_jacobian
    end subroutine lm_start

    !> Second step: fjac is the Jacobian at x, m by n. Factors it and proposes the first trial point from it.
    pure subroutine lm_linearize(s, x, fvec, fjac, ipvt, qtf, diag, xtrial, ftrial, step, wa) &
        bind(c, name="minpack_lm_linearize")
        type(lm_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n), fvec(s%m)
        real(dp), intent(inout) :: fjac(s%m, s%n)   !! in: the Jacobian; out: R in the upper triangle
        integer(c_int), intent(out) :: ipvt(s%n)
        real(dp), intent(out) :: qtf(s%n)           !! the first n elements of Q'fvec
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(out) :: xtrial(s%n)        !! the trial point, where task is task_trial
        real(dp), intent(out) :: ftrial(s%m)        !! scratch here; for the residuals at xtrial
        real(dp), intent(out) :: step(s%n)
        real(dp), intent(out) :: wa(s%n, 3)         !! scratch
        integer(c_int) :: j

        ftrial(1:s%m) = fvec(1:s%m)
        call qrfac_with(s%m, s%n, fjac, ipvt, wa(1, 1), wa(1, 2), wa(1, 3), s%mach, ftrial)
        do j = 1, s%n
            fjac(j, j) = wa(j, 1)
            qtf(j) = ftrial(j)
        end do
        call lm_begin_iteration(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
    end subroutine lm_linearize

    !> Second step of lmstr: fjac holds R, n by n, and qtf Q'fvec, as rwupdt has made them from the rows.
    pure subroutine lm_linearize_rows(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa) &
        bind(c, name="minpack_lm_linearize_rows")
        type(lm_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n)
        real(dp), intent(inout) :: fjac(s%n, s%n), qtf(s%n)
        integer(c_int), intent(out) :: ipvt(s%n)
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(out) :: xtrial(s%n), step(s%n)
        real(dp), intent(out) :: wa(s%n, 3)
        integer(c_int) :: j
        logical :: singular

        singular = .false.
        do j = 1, s%n
            if (fjac(j, j) == 0.0_dp) singular = .true.
            ipvt(j) = j
            wa(j, 2) = enorm(j, fjac(1, j), s%mach)
        end do
        if (singular) then  ! only then are the columns pivoted
            call qrfac_with(s%n, s%n, fjac, ipvt, wa(1, 1), wa(1, 2), wa(1, 3), s%mach, qtf)
            do j = 1, s%n
                fjac(j, j) = wa(j, 1)
            end do
        end if
        call lm_begin_iteration(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
    end subroutine lm_linearize_rows

    !> Third step: ftrial = f(xtrial) is known. Judges the trial, moves x or not, and says what is next.
    pure subroutine lm_update(s, x, fvec, fjac, ipvt, qtf, diag, xtrial, ftrial, step, wa) &
        bind(c, name="minpack_lm_update")
        type(lm_state), intent(inout) :: s
        real(dp), intent(inout) :: x(s%n), fvec(s%m)
        real(dp), intent(inout) :: fjac(s%ldfjac, s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(in) :: qtf(s%n), diag(s%n)
        real(dp), intent(inout) :: xtrial(s%n)
        real(dp), intent(in) :: ftrial(s%m)
        real(dp), intent(inout) :: step(s%n)
        real(dp), intent(out) :: wa(s%n, 3)
        integer(c_int) :: i, j
        real(dp) :: actred, dirder, fnorm1, prered, ratio, reduction, resistance, shrink, temp
        logical :: f_converged

        s%nfev = s%nfev + 1
        fnorm1 = enorm(s%m, ftrial, s%mach)

        ! The reduction that came, and the one that the linear model promised.
        actred = -1.0_dp
        if (0.1_dp * fnorm1 < s%fnorm) then
            ratio = fnorm1 / s%fnorm
            actred = 1.0_dp - ratio * ratio
        end if
        do j = 1, s%n
            wa(j, 1) = 0.0_dp
            temp = step(ipvt(j))
            do i = 1, j
                wa(i, 1) = wa(i, 1) + fjac(i, j) * temp
            end do
        end do
        reduction = enorm(s%n, wa(1, 1), s%mach) / s%fnorm
        resistance = (sqrt(s%par) * s%pnorm) / s%fnorm
        prered = reduction * reduction + resistance * resistance / 0.5_dp
        dirder = -(reduction * reduction + resistance * resistance)
        ratio = 0.0_dp
        if (prered /= 0.0_dp) ratio = actred / prered

        ! A ratio that is NaN (the Jacobian is not finite, say) leaves bound and parameter alone, and x where it is.
        if (ratio <= 0.25_dp) then
            shrink = 0.5_dp
            if (actred < 0.0_dp) shrink = 0.5_dp * dirder / (dirder + 0.5_dp * actred)
            if (0.1_dp * fnorm1 >= s%fnorm .or. shrink < 0.1_dp) shrink = 0.1_dp
            s%delta = shrink * smaller(s%delta, s%pnorm / 0.1_dp)
            s%par = s%par / shrink
        else if (s%par == 0.0_dp .or. ratio >= 0.75_dp) then
            s%delta = s%pnorm / 0.5_dp
            s%par = 0.5_dp * s%par
        end if

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

        f_converged = abs(actred) <= s%ftol .and. prered <= s%ftol .and. 0.5_dp * ratio <= 1.0_dp
        if (f_converged) s%info = 1
        if (s%delta <= s%xtol * s%xnorm) s%info = merge(3_c_int, 2_c_int, f_converged)
        if (s%info == 0) then
            ! The tests that say that no more can be had, the last that holds is the one reported.
            if (s%nfev >= s%maxfev) s%info = 5
            if (abs(actred) <= s%mach%epsmch .and. prered <= s%mach%epsmch .and. 0.5_dp * ratio <= 1.0_dp) s%info = 6
            if (s%delta <= s%mach%epsmch * s%xnorm) s%info = 7
            if (s%gnorm <= s%mach%epsmch) s%info = 8
        end if

        if (s%info /= 0) then
            s%task = task_done
        else if (.not. ratio < 0.0001_dp) then  ! NaN too: the Jacobian is taken afresh
            s%task = task_jacobian
        else
            call propose(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
        end if
    end subroutine lm_update

    !> The end of the second step: R, Q'fvec and, in wa(:, 2), the norms of the Jacobian's columns are known.
    !! Scaling, gradient test, first trial point. For callers that have factored the Jacobian themselves.
    pure subroutine lm_begin_iteration(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa) &
        bind(c, name="minpack_lm_begin_iteration")
        type(lm_state), intent(inout) :: s
        real(dp), intent(in) :: x(s%n)
        real(dp), intent(inout) :: fjac(s%ldfjac, s%n)
        integer(c_int), intent(in) :: ipvt(s%n)
        real(dp), intent(in) :: qtf(s%n)
        real(dp), intent(inout) :: diag(s%n)
        real(dp), intent(out) :: xtrial(s%n), step(s%n)
        real(dp), intent(inout) :: wa(s%n, 3)
        integer(c_int) :: i, j
        real(dp) :: acnorm, total

        if (s%iter == 1) then
            if (s%mode /= 2) then
                diag(1:s%n) = wa(1:s%n, 2)
                where (diag(1:s%n) == 0.0_dp) diag(1:s%n) = 1.0_dp
            end if
            wa(1:s%n, 3) = diag(1:s%n) * x(1:s%n)
            s%xnorm = enorm(s%n, wa(1, 3), s%mach)
            s%delta = s%factor * s%xnorm
            if (s%delta == 0.0_dp) s%delta = s%factor
        end if

        s%gnorm = 0.0_dp
        if (s%fnorm /= 0.0_dp) then
            do j = 1, s%n
                acnorm = wa(ipvt(j), 2)
                if (acnorm == 0.0_dp) cycle
                total = 0.0_dp
                do i = 1, j
                    total = total + fjac(i, j) * (qtf(i) / s%fnorm)
                end do
                s%gnorm = larger(s%gnorm, abs(total / acnorm))
            end do
        end if
        if (s%gnorm <= s%gtol) then
            s%info = 4
            s%task = task_done
            return
        end if

        if (s%mode /= 2) diag(1:s%n) = larger(diag(1:s%n), wa(1:s%n, 2))
        call propose(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
    end subroutine lm_begin_iteration

    !> The trial point within the step bound.
    pure subroutine propose(s, x, fjac, ipvt, qtf, diag, xtrial, step, wa)
        type(lm_state), intent(inout) :: s
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
        s%task = task_trial
    end subroutine propose

end module lm_steps_m
