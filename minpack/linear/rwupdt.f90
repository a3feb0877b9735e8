module rwupdt_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use qrsolv_m, only: givens
    implicit none
    private
    public :: rwupdt

contains

    !> Bring one more row w into a triangular factor: rotate (R; w') to (R; 0), and (b; alpha) with it.
    !!
    !! Source: MINPACK-1 RWUPDT (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure subroutine rwupdt(n, r, ldr, w, b, alpha, cosines, sines) bind(c, name="minpack_rwupdt")
        integer(c_int), value :: n                     !! order of R
        integer(c_int), value :: ldr                   !! leading dimension of r, ldr >= n
        real(dp), intent(inout) :: r(ldr, n)           !! R in the upper triangle
        real(dp), intent(in) :: w(n)                   !! the new row
        real(dp), intent(inout) :: b(n), alpha         !! right-hand side; alpha belongs to the new row
        real(dp), intent(out) :: cosines(n), sines(n)  !! the rotations
        integer(c_int) :: i, j
        real(dp) :: rowj, temp

        do j = 1, n
            rowj = w(j)
            do i = 1, j - 1
                temp = cosines(i) * r(i, j) + sines(i) * rowj
                rowj = -sines(i) * r(i, j) + cosines(i) * rowj
                r(i, j) = temp
            end do
            cosines(j) = 1.0_dp
            sines(j) = 0.0_dp
            if (rowj /= 0.0_dp) then
                call givens(r(j, j), rowj, cosines(j), sines(j))
                r(j, j) = cosines(j) * r(j, j) + sines(j) * rowj
                temp = cosines(j) * b(j) + sines(j) * alpha
                alpha = -sines(j) * b(j) + cosines(j) * alpha
                b(j) = temp
            end if
        end do
    end subroutine rwupdt

end module rwupdt_m
