module enorm_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    implicit none
    private
    public :: enorm, norm_of_squares

contains

    !> Euclidean norm of x, without overflow or harmful underflow.
    !!
    !! Source: MINPACK-1 ENORM (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure function enorm(n, x, mach) result(norm) bind(c, name="minpack_enorm")
        integer(c_int), value :: n           !! n >= 0
        real(dp), intent(in) :: x(n)
        type(machine), intent(in) :: mach
        real(dp) :: norm, total
        integer(c_int) :: i, first
        logical :: plain

        call look_at_start(n, x, mach, plain, first)
        if (plain) then
            total = 0.0_dp
            do i = first, n  ! zeros before it add nothing
                total = total + x(i) * x(i)
            end do
            plain = stays_plain(total, n, mach)
        end if
        if (plain) then
            norm = sqrt(total)
        else
            norm = norm_by_classes(n, x, mach)
        end if
    end function enorm

    !> enorm for a caller that has the sum of the squares of x in index order.
    pure function norm_of_squares(total, n, x, mach) result(norm)
        real(dp), intent(in) :: total
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n)
        type(machine), intent(in) :: mach
        real(dp) :: norm
        integer(c_int) :: first
        logical :: plain

        call look_at_start(n, x, mach, plain, first)
        if (plain .and. stays_plain(total, n, mach)) then
            norm = sqrt(total)
        else
            norm = norm_by_classes(n, x, mach)
        end if
    end function norm_of_squares

    !> The norm from squares summed in three classes of size, each in index order; the large and the small ones are
    !! scaled by the largest component of their class seen so far.
    !!
    !! Mostly all components are in the middle class, or those that are not leave the result as it is. Then the norm is
    !! the root of the plain sum, which the two functions below tell without a look at each component.
    pure function norm_by_classes(n, x, mach) result(norm)
        integer(c_int), intent(in) :: n
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
    end function norm_by_classes

    !> Whether no component is large or NaN: one such would have made the sum of squares at least agiant**2, or NaN.
    pure function stays_plain(total, n, mach) result(plain)
        real(dp), intent(in) :: total
        integer(c_int), intent(in) :: n
        type(machine), intent(in) :: mach
        logical :: plain
        real(dp) :: agiant

        plain = total < 1e18_dp  ! less than the square of rgiant by any n: no division
        if (plain) return
        agiant = mach%rgiant / real(n, dp)
        plain = total < agiant * agiant
    end function stays_plain

    !> Whether no small component comes before the sum of squares is so large that small ones, however many there are,
    !! change nothing: neither the sum, to which a square of at most rdwarf**2 is less than half a unit in the last place,
    !! nor the norm, in which n of them together would be that.
    pure subroutine look_at_start(n, x, mach, plain, first)
        integer(c_int), intent(in) :: n
        real(dp), intent(in) :: x(n)
        type(machine), intent(in) :: mach
        logical, intent(out) :: plain
        integer(c_int), intent(out) :: first  !! the first component that is not zero, n + 1 if all are
        real(dp) :: enough, total
        integer(c_int) :: i

        enough = 2.0_dp**56 * real(n, dp) * (mach%rdwarf * mach%rdwarf)
        if (mach%rdwarf > enough) enough = mach%rdwarf
        total = 0.0_dp
        plain = .true.
        first = 1
        do while (first <= n)
            if (x(first) /= 0.0_dp) exit
            first = first + 1
        end do
        do i = first, n
            if (x(i) == 0.0_dp) cycle
            plain = abs(x(i)) > mach%rdwarf
            total = total + x(i) * x(i)
            if (total >= enough .or. .not. plain) return
        end do
    end subroutine look_at_start

end module enorm_m
