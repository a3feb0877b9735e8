module qrsolv_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    implicit none
    private
    public :: qrsolv, givens

contains

    !> Least-squares solution x of A*x = b, D*x = 0, from the pivoted QR factors of A.
    !!
    !! D is diagonal. Its rows are rotated into R one after another, which leaves an upper triangular S with
    !! P'(A'A + D*D)P = S'S. S is kept in the strict lower triangle of r, transposed, and in sdiag.
    !! If S is singular, x is a basic solution.
    !!
    !! Source: MINPACK-1 QRSOLV (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure subroutine qrsolv(n, r, ldr, ipvt, diag, qtb, x, sdiag, wa) bind(c, name="minpack_qrsolv")
        integer(c_int), value :: n                !! order of R
        integer(c_int), value :: ldr              !! leading dimension of r, ldr >= n
        real(dp), intent(inout) :: r(ldr, n)      !! upper triangle: R, left as it is; below the diagonal, out: S'
        integer(c_int), intent(in) :: ipvt(n)     !! the permutation of qrfac
        real(dp), intent(in) :: diag(n)           !! the diagonal of D
        real(dp), intent(in) :: qtb(n)            !! the first n elements of Q'b
        real(dp), intent(out) :: x(n)             !! the solution
        real(dp), intent(out) :: sdiag(n)         !! the diagonal of S
        real(dp), intent(out) :: wa(n)            !! scratch: the right-hand side as the rotations leave it
        integer(c_int) :: i, j, k, nsing
        real(dp) :: cosine, sine, qtbpj, temp, total

        do j = 1, n
            do i = j, n
                r(i, j) = r(j, i)
            end do
            x(j) = r(j, j)  ! keeps the diagonal of R while S takes its place
            wa(j) = qtb(j)
        end do

        do j = 1, n
            if (diag(ipvt(j)) /= 0.0_dp) then
                sdiag(j:n) = 0.0_dp
                sdiag(j) = diag(ipvt(j))
                qtbpj = 0.0_dp  ! the one element of the right-hand side beyond the first n, zero at the start
                do k = j, n
                    if (sdiag(k) == 0.0_dp) cycle
                    call givens(r(k, k), sdiag(k), cosine, sine)
                    r(k, k) = cosine * r(k, k) + sine * sdiag(k)
                    temp = cosine * wa(k) + sine * qtbpj
                    qtbpj = -sine * wa(k) + cosine * qtbpj
                    wa(k) = temp
                    do i = k + 1, n
                        temp = cosine * r(i, k) + sine * sdiag(i)
                        sdiag(i) = -sine * r(i, k) + cosine * sdiag(i)
                        r(i, k) = temp
                    end do
                end do
            end if
            sdiag(j) = r(j, j)
            r(j, j) = x(j)
        end do

        nsing = n
        do j = 1, n
            if (sdiag(j) == 0.0_dp .and. nsing == n) nsing = j - 1
            if (nsing < n) wa(j) = 0.0_dp
        end do
        do j = nsing, 1, -1
            total = 0.0_dp
            do i = j + 1, nsing
                total = total + r(i, j) * wa(i)
            end do
            wa(j) = (wa(j) - total) / sdiag(j)
        end do
        do j = 1, n
            x(ipvt(j)) = wa(j)
        end do
    end subroutine qrsolv

    !> The rotation that turns (a, b) into (r, 0), for b not zero; divides the smaller by the larger.
    pure subroutine givens(a, b, cosine, sine)
        real(dp), intent(in) :: a, b
        real(dp), intent(out) :: cosine, sine
        real(dp) :: ratio

        if (abs(a) < abs(b)) then
            ratio = a / b
            sine = 0.5_dp / sqrt(0.25_dp + 0.25_dp * (ratio * ratio))
            cosine = sine * ratio
        else
            ratio = b / a
            cosine = 0.5_dp / sqrt(0.25_dp + 0.25_dp * (ratio * ratio))
            sine = cosine * ratio
        end if
    end subroutine givens

end module qrsolv_m
