module covar_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    implicit none
    private
    public :: covar

contains

    !> inverse(A'A) from the pivoted QR factors of A: the covariance matrix of a fit, without its scale.
    !!
    !! A diagonal element of R that is not above tol * |R(1, 1)| counts as zero; the rows and columns of such
    !! parameters come out zero.
    !!
    !! Source: MINPACK-1 COVAR (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure subroutine covar(n, r, ldr, ipvt, tol, wa) bind(c, name="minpack_covar")
        integer(c_int), value :: n             !! order of R
        integer(c_int), value :: ldr           !! leading dimension of r, ldr >= n
        real(dp), intent(inout) :: r(ldr, n)   !! in: R in the upper triangle; out: the full symmetric matrix
        integer(c_int), intent(in) :: ipvt(n)  !! the permutation of qrfac
        real(dp), value :: tol
        real(dp), intent(inout) :: wa(n)       !! scratch
        integer(c_int) :: i, ii, j, jj, k, rank
        real(dp) :: temp, tolr

        ! inverse(R), in the upper triangle.
        tolr = tol * abs(r(1, 1))
        rank = 0
        do k = 1, n
            if (abs(r(k, k)) <= tolr) exit
            r(k, k) = 1.0_dp / r(k, k)
            do j = 1, k - 1
                temp = r(k, k) * r(j, k)
                r(j, k) = 0.0_dp
                do i = 1, j
                    r(i, k) = r(i, k) - temp * r(i, j)
                end do
            end do
            rank = k
        end do

        ! inverse(R) * inverse(R)', in the upper triangle.
        do k = 1, rank
            do j = 1, k - 1
                temp = r(j, k)
                do i = 1, j
                    r(i, j) = r(i, j) + temp * r(i, k)
                end do
            end do
            temp = r(k, k)
            r(1:k, k) = temp * r(1:k, k)
        end do

        ! Undo the pivoting, in the strict lower triangle and wa, then mirror.
        do j = 1, n
            jj = ipvt(j)
            do i = 1, j
                if (j > rank) r(i, j) = 0.0_dp
                ii = ipvt(i)
                if (ii > jj) r(ii, jj) = r(i, j)
                if (ii < jj) r(jj, ii) = r(i, j)
            end do
            wa(jj) = r(j, j)
        end do
        do j = 1, n
            do i = 1, j - 1
                r(i, j) = r(j, i)
            end do
            r(j, j) = wa(j)
        end do
    end subroutine covar

end module covar_m
