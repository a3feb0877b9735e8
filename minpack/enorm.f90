module enorm_m
    use, intrinsic :: iso_c_binding, only: c_int
    use kinds_m, only: dp, machine
    implicit none
    private
    public :: enorm

contains

    !> Euclidean norm of x, without overflow or harmful underflow.
    !!
    !! Squares are summed in three classes of size, each in index order; the large and the small ones are
    !! scaled by the largest component of their class seen so far.
    !!
    !! Source: MINPACK-1 ENORM (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure function enorm(n, x, mach) result(norm) bind(c, name="minpack_enorm")
        integer(c_int), value :: n           !! n >= 0
        real(dp), intent(in) :: x(n)
        type(machine), intent(in) :: mach
        real(dp) :: norm
        real(dp) :: sum_large, sum_middle, sum_small, max_large, max_small, agiant, xabs, ratio
        integer(c_int) :: i

        sum_large = 0.0_dp
        sum_middle = 0.0_dp
        sum_small = 0.0_dp
        max_large = 0.0_dp
        max_small = 0.0_dp
        agiant = mach%rgiant / real(n, dp)
        do i = 1, n
            xabs = abs(x(i))
            if (xabs > mach%rdwarf .and. xabs < agiant) then
                sum_middle = sum_middle + xabs * xabs
            else if (xabs == 0.0_dp) then
                cycle
            else if (xabs <= mach%rdwarf) then
                if (xabs > max_small) then
                    ratio = max_small / xabs
                    sum_small = 1.0_dp + sum_small * (ratio * ratio)
                    max_small = xabs
                else
                    ratio = xabs / max_small
                    sum_small = sum_small + ratio * ratio
                end if
            else if (xabs <= max_large) then
                ratio = xabs / max_large
                sum_large = sum_large + ratio * ratio
            else  ! a NaN comes here as well, and makes the norm NaN
                ratio = max_large / xabs
                sum_large = 1.0_dp + sum_large * (ratio * ratio)
                max_large = xabs
            end if
        end do

        if (sum_large /= 0.0_dp) then
            norm = max_large * sqrt(sum_large + (sum_middle / max_large) / max_large)
        else if (sum_middle /= 0.0_dp) then
            if (sum_middle >= max_small) then
                norm = sqrt(sum_middle * (1.0_dp + (max_small / sum_middle) * (max_small * sum_small)))
            else
                norm = sqrt(max_small * ((sum_middle / max_small) + (max_small * sum_small)))
            end if
        else
            norm = max_small * sqrt(sum_small)
        end if
    end function enorm

end module enorm_m
