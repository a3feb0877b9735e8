module chkder_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use elementary_m, only: decimal_log
    implicit none
    private
    public :: chkder

contains

    !> Check a Jacobian against its function, in two calls: a neighbouring point, then a verdict a row.
    !!
    !! mode 1: from x make xp; the caller evaluates f there as well. mode 2: from f and the Jacobian at x and f
    !! at xp make err: 1 if row i of the Jacobian is right, 0 if it is wrong, in between if in doubt.
    !!
    !! Source: MINPACK-1 CHKDER (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure subroutine chkder(m, n, x, fvec, fjac, ldfjac, xp, fvecp, mode, err, mach) bind(c, name="minpack_chkder")
        integer(c_int), value :: m, n, ldfjac
        real(dp), intent(in) :: x(n)
        real(dp), intent(in) :: fvec(m), fjac(ldfjac, n), fvecp(m)  !! read in mode 2
        real(dp), intent(inout) :: xp(n)                            !! written in mode 1
        integer(c_int), value :: mode
        real(dp), intent(inout) :: err(m)                           !! written in mode 2
        type(machine), intent(in) :: mach
        integer(c_int) :: i, j
        real(dp) :: eps, epslog, temp

        eps = sqrt(mach%epsmch)
        if (mode == 1) then
            do j = 1, n
                temp = eps * abs(x(j))
                if (temp == 0.0_dp) temp = eps
                xp(j) = x(j) + temp
            end do
            return
        end if

        epslog = decimal_log(eps)
        err(1:m) = 0.0_dp
        do j = 1, n
            temp = abs(x(j))
            if (temp == 0.0_dp) temp = 1.0_dp
            err(1:m) = err(1:m) + temp * fjac(1:m, j)
        end do
        do i = 1, m
            temp = 1.0_dp
            ! If the residual did not move beyond its rounding, the difference says nothing.
            if (fvec(i) /= 0.0_dp .and. fvecp(i) /= 0.0_dp &
                .and. abs(fvecp(i) - fvec(i)) >= 100.0_dp * mach%epsmch * abs(fvec(i))) then
                temp = eps * abs((fvecp(i) - fvec(i)) / eps - err(i)) / (abs(fvec(i)) + abs(fvecp(i)))
            end if
            err(i) = 1.0_dp
            if (temp > mach%epsmch .and. temp < eps) err(i) = (decimal_log(temp) - epslog) / epslog
            if (temp >= eps) err(i) = 0.0_dp
        end do
    end subroutine chkder

end module chkder_m
