module lmpar_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine, larger, smaller
    use enorm_m, only: enorm
    use qrsolv_m, only: qrsolv
    implicit none
    private
    public :: lmpar

contains

    !> The Levenberg-Marquardt parameter and step for a step bound.
    !!
    !! Finds par >= 0 such that x, the least-squares solution of A*x = b, sqrt(par)*D*x = 0, has a scaled length
    !! |D*x| within 10 % of delta, or par = 0 if the Gauss-Newton solution is not longer than that.
    !! Newton's method on 1/|D*x|, safeguarded by bounds on par, ten rounds at the most.
    !!
    !! Source: MINPACK-1 LMPAR (More, Garbow & Hillstrom, ANL-80-74, 1980); More, "The Levenberg-Marquardt
    !! algorithm: implementation and theory", LNM 630 (1978), section 5.
    pure subroutine lmpar(n, r, ldr, ipvt, diag, qtb, delta, par, x, sdiag, wa1, wa2, mach) &
        bind(c, name="minpack_lmpar")
        integer(c_int), value :: n                !! order of R
        integer(c_int), value :: ldr              !! leading dimension of r, ldr >= n
        real(dp), intent(inout) :: r(ldr, n)      !! upper triangle: R, left as it is; below, out: S' (see qrsolv)
        integer(c_int), intent(in) :: ipvt(n)     !! the permutation of qrfac
        real(dp), intent(in) :: diag(n)           !! the diagonal of D, > 0
        real(dp), intent(in) :: qtb(n)            !! the first n elements of Q'b
        real(dp), value :: delta                  !! bound on |D*x|, > 0
        real(dp), intent(inout) :: par            !! in: an estimate; out: the parameter
        real(dp), intent(out) :: x(n)             !! the step
        real(dp), intent(out) :: sdiag(n)         !! the diagonal of S, if par > 0
        real(dp), intent(out) :: wa1(n), wa2(n)   !! scratch
        type(machine), intent(in) :: mach
        integer(c_int) :: i, iter, j, nsing
        real(dp) :: dxnorm, fp, fp_before, gnorm, parc, parl, paru, root, temp, total

        ! The Gauss-Newton direction; a basic one if R is singular.
        nsing = n
        do j = 1, n
            wa1(j) = qtb(j)
            if (r(j, j) == 0.0_dp .and. nsing == n) nsing = j - 1
            if (nsing < n) wa1(j) = 0.0_dp
        end do
        do j = nsing, 1, -1
            wa1(j) = wa1(j) / r(j, j)
            temp = wa1(j)
            do i = 1, j - 1
                wa1(i) = wa1(i) - r(i, j) * temp
            end do
        end do
        do j = 1, n
            x(ipvt(j)) = wa1(j)
        end do
        call scaled_length(n, diag, x, delta, wa2, dxnorm, fp, mach)
        if (fp <= 0.1_dp * delta) then
            par = 0.0_dp
            return
        end if

        ! Lower bound: the Newton step at par = 0, if R has full rank.
        parl = 0.0_dp
        if (nsing >= n) then
            call scaled_direction(n, ipvt, diag, wa2, dxnorm, wa1)
            do j = 1, n
                total = 0.0_dp
                do i = 1, j - 1
                    total = total + r(i, j) * wa1(i)
                end do
                wa1(j) = (wa1(j) - total) / r(j, j)
            end do
            temp = enorm(n, wa1, mach)
            parl = ((fp / delta) / temp) / temp
        end if

        ! Upper bound: from the gradient.
        do j = 1, n
            total = 0.0_dp
            do i = 1, j
                total = total + r(i, j) * qtb(i)
            end do
            wa1(j) = total / diag(ipvt(j))
        end do
        gnorm = enorm(n, wa1, mach)
        paru = gnorm / delta
        if (paru == 0.0_dp) paru = mach%dwarf / smaller(delta, 0.1_dp)

        par = larger(par, parl)
        par = smaller(par, paru)
        if (par == 0.0_dp) par = gnorm / dxnorm

        do iter = 1, 10
            if (par == 0.0_dp) par = larger(mach%dwarf, 0.001_dp * paru)
            root = sqrt(par)
            wa1(1:n) = root * diag(1:n)
            call qrsolv(n, r, ldr, ipvt, wa1, qtb, x, sdiag, wa2)
            fp_before = fp
            call scaled_length(n, diag, x, delta, wa2, dxnorm, fp, mach)
            if (abs(fp) <= 0.1_dp * delta) exit
            if (parl == 0.0_dp .and. fp <= fp_before .and. fp_before < 0.0_dp) exit
            if (iter == 10) exit

            call scaled_direction(n, ipvt, diag, wa2, dxnorm, wa1)
            do j = 1, n
                wa1(j) = wa1(j) / sdiag(j)
                temp = wa1(j)
                do i = j + 1, n
                    wa1(i) = wa1(i) - r(i, j) * temp
                end do
            end do
            temp = enorm(n, wa1, mach)
            parc = ((fp / delta) / temp) / temp
            if (fp > 0.0_dp) parl = larger(parl, par)
            if (fp < 0.0_dp) paru = smaller(paru, par)
            par = larger(parl, par + parc)
        end do
    end subroutine lmpar

    !> dx = D*x, dxnorm = |D*x|, fp = dxnorm - delta.
    pure subroutine scaled_length(n, diag, x, delta, dx, dxnorm, fp, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: diag(n), x(n), delta
        real(dp), intent(out) :: dx(n), dxnorm, fp
        type(machine), intent(in) :: mach

        dx(1:n) = diag(1:n) * x(1:n)
        dxnorm = enorm(n, dx, mach)
        fp = dxnorm - delta
    end subroutine scaled_length

    !> rhs = P'D*(D*x / |D*x|), the right-hand side of the Newton correction.
    pure subroutine scaled_direction(n, ipvt, diag, dx, dxnorm, rhs)
        integer(c_int), intent(in) :: n, ipvt(n)
        real(dp), intent(in) :: diag(n), dx(n), dxnorm
        real(dp), intent(out) :: rhs(n)
        integer(c_int) :: j, l

        do j = 1, n
            l = ipvt(j)
            rhs(j) = diag(l) * (dx(l) / dxnorm)
        end do
    end subroutine scaled_direction

end module lmpar_m
