module qrfac_m
    use, intrinsic :: iso_c_binding, only: c_int
    use kinds_m, only: dp, machine, larger
    use enorm_m, only: enorm
    implicit none
    private
    public :: qrfac

contains

    !> Factor A*P = Q*R by Householder reflections with column pivoting.
    !!
    !! On return the strict upper triangle of a(:n, :n) holds R without its diagonal,
    !! and the lower trapezoid holds the Householder vectors that define Q.
    !!
    !! Source: MINPACK-1 QRFAC (More, Garbow & Hillstrom, ANL-80-74, 1980), PIVOT = .true.
    pure subroutine qrfac(m, n, a, ipvt, rdiag, acnorm, wa, mach) bind(c, name="minpack_qrfac")
        integer(c_int), value :: m                !! rows of A, m >= n
        integer(c_int), value :: n                !! columns of A, n >= 1
        real(dp), intent(inout) :: a(m, n)        !! in: A; out: R above, Householder vectors below
        integer(c_int), intent(out) :: ipvt(n)    !! column j of A*P is column ipvt(j) of A, 1-based
        real(dp), intent(out) :: rdiag(n)         !! diagonal of R, |rdiag| never increasing
        real(dp), intent(out) :: acnorm(n)        !! Euclidean norm of each column of A, not permuted
        real(dp), intent(out) :: wa(n)            !! scratch: each column's norm when it was last computed afresh
        type(machine), intent(in) :: mach
        integer(c_int) :: j, k, kmax
        real(dp) :: ajnorm, pivot_norm, ratio

        do j = 1, n
            acnorm(j) = enorm(m, a(1, j), mach)
            rdiag(j) = acnorm(j)
            wa(j) = rdiag(j)
            ipvt(j) = j
        end do

        do j = 1, n
            kmax = j
            do k = j + 1, n
                if (rdiag(k) > rdiag(kmax)) kmax = k
            end do
            pivot_norm = rdiag(kmax)
            if (kmax /= j) then
                call exchange(m, a(1, j), a(1, kmax))
                rdiag(kmax) = rdiag(j)
                wa(kmax) = wa(j)
                k = ipvt(j)
                ipvt(j) = ipvt(kmax)
                ipvt(kmax) = k
            end if

            ! At first the norm is known; later only an estimate of it is.
            ajnorm = pivot_norm
            if (j > 1) ajnorm = enorm(m - j + 1, a(j, j), mach)
            if (ajnorm /= 0.0_dp) then
                if (a(j, j) < 0.0_dp) ajnorm = -ajnorm
                a(j:m, j) = a(j:m, j) / ajnorm
                a(j, j) = a(j, j) + 1.0_dp
                do k = j + 1, n
                    call reflect(m - j + 1, a(j, j), a(j, k))
                    if (rdiag(k) /= 0.0_dp) then
                        ! The norm of what is left of the column by downdating; afresh where too little is left.
                        ratio = a(j, k) / rdiag(k)
                        rdiag(k) = rdiag(k) * sqrt(larger(0.0_dp, 1.0_dp - ratio * ratio))
                        ratio = rdiag(k) / wa(k)
                        if (0.05_dp * (ratio * ratio) <= mach%epsmch) then
                            rdiag(k) = 0.0_dp
                            if (j < m) rdiag(k) = enorm(m - j, a(j + 1, k), mach)
                            wa(k) = rdiag(k)
                        end if
                    end if
                end do
            end if
            rdiag(j) = -ajnorm
        end do
    end subroutine qrfac

    pure subroutine exchange(m, x, y)
        integer(c_int), intent(in) :: m
        real(dp), intent(inout) :: x(m), y(m)
        integer(c_int) :: i
        real(dp) :: temp

        do i = 1, m
            temp = x(i)
            x(i) = y(i)
            y(i) = temp
        end do
    end subroutine exchange

    !> Apply the Householder transformation defined by v to column c: c = c - v * (v'c / v(1)).
    pure subroutine reflect(m, v, c)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: v(m)
        real(dp), intent(inout) :: c(m)
        integer(c_int) :: i
        real(dp) :: total

        total = 0.0_dp
        do i = 1, m
            total = total + v(i) * c(i)
        end do
        total = total / v(1)
        do i = 1, m
            c(i) = c(i) - total * v(i)
        end do
    end subroutine reflect

end module qrfac_m
