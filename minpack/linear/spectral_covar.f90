!> Covariance of parameters that the Jacobian may not wholly determine.
module spectral_covar_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use qrfac_m, only: qrfac
    use triangular_m, only: singular_values
    implicit none
    private
    public :: spectral_covar

contains

    !> c = inverse(J'J) on the directions that J determines: those whose singular value is above eps * max(m, n) times the
    !! largest. The others are left out, as if they did not vary.
    pure subroutine spectral_covar(rows, n, a, ipvt, c, share, wa, mach) bind(c, name="minpack_spectral_covar")
        integer(c_int), value :: rows          !! max(m, n)
        integer(c_int), value :: n
        real(dp), intent(inout) :: a(rows, n)  !! in: J, and rows of zeros where m < n; out: spoilt
        integer(c_int), intent(out) :: ipvt(n) !! scratch
        real(dp), intent(out) :: c(n, n)
        real(dp), intent(out) :: share(n)      !! of each parameter's unit vector, squared, in the directions that count
        real(dp), intent(out) :: wa(n, n + 6)  !! scratch
        type(machine), intent(in) :: mach
        real(dp) :: largest
        integer(c_int) :: i, j, k

        call qrfac(rows, n, a, ipvt, wa(1, 1), wa(1, 2), wa(1, 3), mach)
        do j = 1, n
            a(j, j) = wa(j, 1)
            wa(j, 2) = 0.0_dp
        end do
        call singular_values(n, rows, a, wa(1, 2), wa(1, 3), wa(1, 4), wa(1, 7), mach)
        largest = 0.0_dp
        do k = 1, n
            largest = max(largest, wa(k, 3))
        end do
        do j = 1, n
            share(j) = 0.0_dp
            c(1:n, j) = 0.0_dp
        end do
        do k = 1, n
            if (.not. wa(k, 3) > mach%epsmch * real(rows, dp) * largest) cycle
            do i = 1, n
                share(ipvt(i)) = share(ipvt(i)) + wa(i, k + 6) * wa(i, k + 6)
                wa(i, k + 6) = wa(i, k + 6) / wa(k, 3)
            end do
            do j = 1, n
                do i = 1, n
                    c(ipvt(i), ipvt(j)) = c(ipvt(i), ipvt(j)) + wa(i, k + 6) * wa(j, k + 6)
                end do
            end do
        end do
    end subroutine spectral_covar

end module spectral_covar_m
