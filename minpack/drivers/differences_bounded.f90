!> Difference quotients within bounds, as SciPy's `approx_derivative` takes them: the points that are wanted, and the
!! column of the Jacobian from the residuals there. What evaluates is the caller.
!!
!! Source: SciPy 1.18.1, by running it.
module differences_bounded_m
    use, intrinsic :: iso_c_binding, only: c_int
    use, intrinsic :: iso_fortran_env, only: real32
    use machine_m, only: dp, larger
    use bounds_m, only: is_finite
    implicit none
    private
    public :: differences_begin, difference_point, difference_column

    integer(c_int), parameter, public :: two_point = 2, three_point = 3, complex_step = 1

    !> Square and cube roots of the spacing of the numbers just above 1 in double, single and half precision, in that one.
    real(dp), parameter :: root_double = 2.0_dp**(-26), cube_root_double = 6.055454452393343e-6_dp
    real(dp), parameter :: root_single = 3.452669770922512e-4_dp, cube_root_single = 4.921565763652325e-3_dp
    real(dp), parameter :: root_half = 2.0_dp**(-5), cube_root_half = 9.92431640625e-2_dp

contains

    !> The increments h of all parameters. one_sided(j): both points of parameter j are on one side, for three_point.
    pure subroutine differences_begin(kind, single, n, x, lower, upper, relative, typical, h, one_sided) &
        bind(c, name="minpack_differences_begin")
        integer(c_int), value :: kind                !! two_point, three_point or complex_step
        integer(c_int), value :: single              !! 1 where the residuals are of single precision, 2 where of half
        integer(c_int), value :: n
        real(dp), intent(in) :: x(n), lower(n), upper(n)
        real(dp), intent(in) :: relative(n)          !! increments relative to |x|; NaN where the default is to be taken
        real(dp), intent(in) :: typical(n)           !! SciPy's is 1: default increments grow with |x| above
        real(dp), intent(out) :: h(n)
        integer(c_int), intent(out) :: one_sided(n)
        integer(c_int) :: j
        logical :: bounded

        bounded = any(is_finite(lower) .or. is_finite(upper))
        do j = 1, n
            h(j) = increment(kind, single, x(j), relative(j), typical(j))
            one_sided(j) = 0
            if (kind == three_point) h(j) = abs(h(j))
            if (.not. bounded) cycle
            if (kind == two_point) h(j) = turned(x(j), h(j), lower(j), upper(j))
            if (kind == three_point) call fitted(x(j), lower(j), upper(j), h(j), one_sided(j))
        end do
    end subroutine differences_begin

    pure function increment(kind, single, x, relative, typical) result(h)
        integer(c_int), intent(in) :: kind, single
        real(dp), intent(in) :: x, relative, typical
        real(dp) :: h, one, root, wanted

        root = root_double
        if (kind == three_point) root = cube_root_double
        if (single /= 0) then
            root = merge(root_half, root_single, single == 2)
            if (kind == three_point) root = merge(cube_root_half, cube_root_single, single == 2)
        end if
        one = 1.0_dp
        if (x < 0.0_dp) one = -1.0_dp
        h = root * one * larger(typical, abs(x))
        if (relative /= relative) return
        wanted = relative * one * abs(x)
        if ((x + wanted) - x /= 0.0_dp) h = wanted
    end function increment

    !> A forward increment that keeps x + h within the bounds.
    pure function turned(x, h, lower, upper) result(kept)
        real(dp), intent(in) :: x, h, lower, upper
        real(dp) :: kept, below, above

        kept = h
        below = x - lower
        above = upper - x
        if (abs(h) <= max(below, above)) then
            if (x + h < lower .or. x + h > upper) kept = -h
        else if (above >= below) then
            kept = above
        else
            kept = -below
        end if
    end function turned

    !> The increment of a central difference, or of a one-sided one where there is no room for that.
    pure subroutine fitted(x, lower, upper, h, one_sided)
        real(dp), intent(in) :: x, lower, upper
        real(dp), intent(inout) :: h
        integer(c_int), intent(out) :: one_sided
        real(dp) :: below, above

        one_sided = 0
        below = x - lower
        above = upper - x
        if (below >= h .and. above >= h) return
        one_sided = 1
        if (above >= below) then
            h = min(h, 0.5_dp * above)
        else
            h = -min(h, 0.5_dp * below)
        end if
        if (abs(h) <= min(below, above)) then
            h = min(below, above)
            one_sided = 0
        end if
    end subroutine fitted

    !> What takes the place of x(j) in point k of a parameter, k = 1 or, for three_point, 2. (Of complex_step h is the
    !! imaginary part.)
    pure function difference_point(kind, k, one_sided, x, h) result(point) bind(c, name="minpack_difference_point")
        integer(c_int), value :: kind, k, one_sided
        real(dp), value :: x, h
        real(dp) :: point

        point = x + h
        if (kind == three_point) then
            if (one_sided /= 0 .and. k == 2) point = x + 2.0_dp * h
            if (one_sided == 0 .and. k == 1) point = x - h
        else if (kind == complex_step) then
            point = x
        end if
    end function difference_point

    !> Column of the Jacobian from the residuals: f at x, those at the first point, and at the second for three_point.
    pure subroutine difference_column(kind, single, m, one_sided, x, h, f, second, column) &
        bind(c, name="minpack_difference_column")
        integer(c_int), value :: kind, single, m, one_sided
        real(dp), value :: x, h
        real(dp), intent(in) :: f(m), second(m)
        real(dp), intent(inout) :: column(m)  !! in: f at the first point (of complex_step the imaginary part); out: the column
        real(dp) :: width

        if (kind == complex_step) then
            column(1:m) = column(1:m) / h
            return
        end if
        width = (x + h) - x
        if (kind == three_point) width = (x + h) - (x - h)
        if (kind == three_point .and. one_sided /= 0) width = (x + 2.0_dp * h) - x
        if (single /= 0) then
            call reduce(kind, single, m, one_sided, f, second, column)
            column(1:m) = column(1:m) / width
        else if (kind == two_point) then
            column(1:m) = (column(1:m) - f(1:m)) / width
        else if (one_sided /= 0) then
            column(1:m) = ((-3.0_dp * f(1:m) + 4.0_dp * column(1:m)) - second(1:m)) / width
        else
            column(1:m) = (second(1:m) - column(1:m)) / width
        end if
    end subroutine difference_column

    !> The same differences in the arithmetic of residuals of fewer digits, as SciPy has them.
    pure subroutine reduce(kind, single, m, one_sided, f, second, column)
        integer(c_int), intent(in) :: kind, single, m, one_sided
        real(dp), intent(in) :: f(m), second(m)
        real(dp), intent(inout) :: column(m)
        integer(c_int) :: i

        do i = 1, m
            if (kind == two_point) then
                column(i) = rounded(column(i) - f(i), single)
            else if (one_sided /= 0) then
                column(i) = rounded(rounded(-3.0_dp * f(i), single) + rounded(4.0_dp * column(i), single), single)
                column(i) = rounded(column(i) - second(i), single)
            else
                column(i) = rounded(second(i) - column(i), single)
            end if
        end do
    end subroutine reduce

    !> A double as a number of fewer digits: that it was rounded to a double before makes no difference to sums and products.
    pure function rounded(x, single) result(y)
        real(dp), intent(in) :: x
        integer(c_int), intent(in) :: single
        real(dp) :: y, shift, power

        if (single == 1) then
            y = real(real(x, real32), dp)
        else if (abs(x) >= 65520.0_dp) then
            y = x * huge(x)
        else if (abs(x) < 65520.0_dp) then
            power = 2.0_dp**15  ! of two, not above |x|
            do while (power > abs(x) .and. power > 2.0_dp**(-14))
                power = 0.5_dp * power
            end do
            shift = 1.5_dp * 2.0_dp**42 * power  ! its last digit is that of x in half precision
            y = (x + shift) - shift
        else
            y = x
        end if
    end function rounded

end module differences_bounded_m
