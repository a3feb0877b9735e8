!> Central differences whose steps are found, not guessed: for all that statistics need.
!!
!! A step in proportion to the value of a parameter is wrong for one near zero, and for one whose value is far larger
!! than what it can change by, such as a date. The standard error is of the right size, if it is known; from there
!! the step is changed until neither rounding nor the curvature of the function shows.
module derivatives_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use bounds_m, only: infinity, is_finite
    use machine_m, only: dp, larger, smaller
    use elementary_m, only: cube_root
    use callbacks_m, only: residual_fcn
    implicit none
    private
    public :: derivatives

    integer, parameter :: tries = 8
    real(dp), parameter :: of_error = 1.0e-2_dp  ! first step in errors: long against rounding, short against curvature
    real(dp), parameter :: far = 1.0e3_dp    ! the longest step, over the usual one: up to there nothing may change
    real(dp), parameter :: harder = 1.0e4_dp ! by how much a step changes at most
    real(dp), parameter :: jump = 1.0e3_dp   ! of the values' rounding: changes below this are no jumps
    real(dp), parameter :: straight = 1.0e-2_dp ! curvature of values that are rounded, at most

    !> A difference quotient: its relative errors by rounding and by curvature, and what it comes from.
    type :: quotient
        real(dp) :: rounding, curvature
        real(dp) :: bend    !! the second difference, over the largest number
        real(dp) :: width   !! by what the parameter was moved
        integer :: sides    !! with finite values: both, ahead, behind or neither
        logical :: changes  !! whether the function does
        logical :: jumps    !! whether each element does to one side only, and by more than rounding
    end type quotient

    integer, parameter :: neither = 0, ahead = 1, behind = 2, both = 3

contains

    !> The derivatives of a vector by each parameter.
    !!
    !! A column and its step are NaN if the vector has no values near. A column is zero where the vector changes in jumps
    !! only, as with a parameter that is rounded or compared: how steep a jump seems is a matter of the step. At a kink it
    !! is the mean of both sides.
    subroutine derivatives(fcn, ctx, m, n, x, center, errors, sizes, good, eps, fjac, steps, wa, stop) &
            bind(c, name="minpack_derivatives")
        procedure(residual_fcn) :: fcn
        type(c_ptr), value :: ctx
        integer(c_int), value :: m, n
        real(dp), intent(inout) :: x(n)      !! the point; moved while it runs, left as it was
        real(dp), intent(in) :: center(m)    !! f(x)
        real(dp), intent(in) :: errors(n)    !! scales of the parameters, such as standard errors; none: 0, infinite
        real(dp), intent(in) :: sizes(n)     !! other values of the parameters: the size of one that is near zero
        real(dp), value :: good              !! relative error of a column that ends the search for its step
        real(dp), intent(inout) :: eps       !! in: relative error of f by rounding; out: what it seems to be
        real(dp), intent(out) :: fjac(m, n)
        real(dp), intent(out) :: steps(n)
        real(dp), intent(inout) :: wa(m, 3)  !! f ahead, behind and between
        integer(c_int), intent(out) :: stop  !! the answer of fcn that was not 0
        integer(c_int) :: j
        real(dp) :: error, found, noise, size

        stop = 0
        found = eps
        do j = 1, n
            size = larger(abs(x(j)), abs(sizes(j)))
            if (.not. size > 0.0_dp) size = 1.0_dp
            error = abs(errors(j))
            if (.not. error <= huge(error)) error = 0.0_dp
            noise = eps
            call search(fcn, ctx, m, n, x, j, center, error, size, good, noise, fjac(1, j), steps(j), wa, stop)
            if (stop /= 0) return
            if (steps(j) == steps(j)) found = larger(found, noise)
        end do
        eps = found
    end subroutine derivatives

    !> A column, with the best step of a few.
    subroutine search(fcn, ctx, m, n, x, j, center, error, size, good, noise, column, step, wa, stop)
        procedure(residual_fcn) :: fcn
        type(c_ptr), intent(in) :: ctx
        integer(c_int), intent(in) :: m, n, j
        real(dp), intent(inout) :: x(n), noise, wa(m, 3)
        real(dp), intent(in) :: center(m), error, size, good
        real(dp), intent(out) :: column(m), step
        integer(c_int), intent(out) :: stop
        real(dp) :: bent, enough, eps, factor, h, least, long, longest, natural, next, short, shortest, too_long
        integer :: i
        logical :: jumps
        type(quotient) :: q

        eps = noise
        jumps = .false.
        natural = cube_root(noise) * size
        shortest = 16.0_dp * epsilon(1.0_dp) * abs(x(j))  ! a few units in the last place
        longest = larger(far * larger(natural, cube_root(noise)), error)
        h = natural
        if (error > 0.0_dp) h = of_error * error
        h = larger(h, shortest)
        least = infinity()    ! error of the best quotient
        short = 0.0_dp        ! between these steps there may be better ones
        long = infinity()
        too_long = 0.0_dp     ! the last step that was too long for the curvature, and the bend with it
        bent = 0.0_dp
        step = not_a_number()
        do i = 1, tries
            enough = good * larger(1.0_dp, 1.0e9_dp * cube_root(noise)**2)
            call take(fcn, ctx, m, n, x, j, h, center, eps, noise, wa, q, stop)
            if (stop /= 0) return
            if (q%sides /= neither .and. too_long > 0.0_dp .and. i < tries) then
                if (q%bend > bent * h / too_long) then
                    ! curvature falls with the square of the step: this is the error of the function's values
                    noise = larger(noise, q%bend)
                    least = infinity()
                    short = h
                    long = infinity()
                    too_long = 0.0_dp
                    step = not_a_number()
                    h = smaller(larger(of_error * error, cube_root(noise) * size), longest)
                    cycle
                end if
            end if
            if (q%sides /= neither .and. (step /= step .or. q%rounding + q%curvature < least)) then
                least = q%rounding + q%curvature
                step = h
                jumps = q%jumps
                call slopes(m, center, wa, q, column)
            end if
            if (least <= enough) exit
            if (q%sides == neither) then
                long = h
                next = smaller(1.0e-2_dp * h, natural)
            else if (q%rounding >= q%curvature) then
                if (h >= longest) exit
                short = h
                next = smaller(larger(q%rounding / (1.0e-2_dp * enough), 10.0_dp), harder) * h
                if (.not. q%changes) next = larger(next, natural)
                next = smaller(next, longest)
            else
                long = h
                too_long = 0.0_dp
                if (q%bend > 0.0_dp) too_long = h
                bent = q%bend
                factor = cube_root(larger(q%rounding, noise) / (2.0_dp * q%curvature))
                next = h * smaller(larger(factor, 1.0_dp / harder), 0.3_dp)
            end if
            if (.not. (short < next .and. next < long)) then
                next = 0.1_dp * long
                if (short > 0.0_dp) next = sqrt(short) * sqrt(long)
            end if
            if (next < shortest .or. smaller(h, next) > 0.8_dp * larger(h, next)) exit
            h = next
        end do
        if (step /= step) then
            column(1:m) = step
        else if (jumps) then
            call look_again(fcn, ctx, m, n, x, j, longest, center, eps, noise, column, step, wa, stop)
        end if
    end subroutine search

    !> The column of a vector that a step changes to one side only: after a look at another step, the longest if possible.
    !!
    !! By that, values that are rounded change to both sides, and those at a kink change in proportion. If they do
    !! neither, they have no slope.
    subroutine look_again(fcn, ctx, m, n, x, j, longest, center, eps, noise, column, step, wa, stop)
        procedure(residual_fcn) :: fcn
        type(c_ptr), intent(in) :: ctx
        integer(c_int), intent(in) :: m, n, j
        real(dp), intent(inout) :: x(n), noise, column(m), step, wa(m, 3)
        real(dp), intent(in) :: longest, center(m), eps
        integer(c_int), intent(out) :: stop
        integer :: i
        real(dp) :: h, steepest, steepest_before
        type(quotient) :: q

        h = merge(longest, 0.1_dp * step, longest >= 10.0_dp * step)
        call take(fcn, ctx, m, n, x, j, h, center, eps, noise, wa, q, stop)
        if (stop /= 0) return
        if (h > step .and. q%sides == both .and. .not. q%jumps .and. q%curvature <= straight) then
            call slopes(m, center, wa, q, column)
            step = h
            noise = larger(noise, q%bend)
            return
        end if
        steepest = 0.0_dp
        steepest_before = 0.0_dp
        do i = 1, m
            steepest_before = further(steepest_before, column(i))
            if (q%sides == both) steepest = further(steepest, (wa(i, 1) - wa(i, 2)) / q%width)
        end do
        if (2.0_dp * steepest >= steepest_before .and. steepest <= 2.0_dp * steepest_before) return
        column(1:m) = 0.0_dp
        noise = 0.0_dp
    end subroutine look_again

    !> The function moved by h to both sides; or, where only one has finite values, by a half of h, too.
    subroutine take(fcn, ctx, m, n, x, j, h, center, eps, noise, wa, q, stop)
        procedure(residual_fcn) :: fcn
        type(c_ptr), intent(in) :: ctx
        integer(c_int), intent(in) :: m, n, j
        real(dp), intent(inout) :: x(n), wa(m, 3)
        real(dp), intent(in) :: h, center(m), eps, noise
        type(quotient), intent(out) :: q
        integer(c_int), intent(out) :: stop
        real(dp) :: bent, change, moved, most, to, value
        integer :: i, side
        logical :: smooth

        value = x(j)
        q%sides = neither
        q%jumps = .false.
        do i = 1, 2  ! ahead, behind
            x(j) = value + merge(h, -h, i == 1)
            stop = fcn(ctx, m, n, x, wa(1, i))
            x(j) = value
            if (stop /= 0) return
            if (is_defined(m, wa(1, i), center)) q%sides = q%sides + i
        end do
        if (q%sides == neither) return
        if (q%sides == both) then
            q%width = (value + h) - (value - h)
        else
            to = value + merge(-h, h, q%sides == behind)
            q%width = to - value
            x(j) = 0.5_dp * (value + to)
            stop = fcn(ctx, m, n, x, wa(1, 3))
            x(j) = value
            if (stop /= 0) return
            if (.not. is_defined(m, wa(1, 3), center)) q%sides = neither
            if (q%sides == neither) return
        end if

        most = 0.0_dp
        moved = 0.0_dp
        bent = 0.0_dp
        smooth = q%sides /= both
        side = merge(2, 1, q%sides == behind)
        do i = 1, m
            if (q%sides == both) then
                smooth = smooth .or. (wa(i, 1) /= center(i) .and. wa(i, 2) /= center(i) .and. is_finite(center(i)))
                change = wa(i, 1) - wa(i, 2)
                bent = further(bent, (wa(i, 1) - 2.0_dp * center(i)) + wa(i, 2))
            else
                change = wa(i, side) - center(i)
                bent = further(bent, 2.0_dp * ((wa(i, side) - 2.0_dp * wa(i, 3)) + center(i)))
            end if
            moved = further(moved, change)
            most = further(further(most, center(i)), wa(i, side))
        end do
        bent = larger(bent - 4.0_dp * noise * most, 0.0_dp)
        q%changes = moved > 0.0_dp
        q%jumps = .not. smooth .and. moved > jump * eps * most
        q%bend = 0.0_dp
        if (q%changes) then
            q%rounding = noise * most / moved
            q%curvature = smaller(bent / moved, 1.0e100_dp)**2
            if (q%sides == both) q%bend = bent / most  ! beside an edge it need not be smooth
        else if (bent > 0.0_dp) then  ! both sides are the same, and the center is not: a peak seen from afar
            q%rounding = 0.0_dp
            q%curvature = infinity()
        else
            q%rounding = infinity()
            q%curvature = 0.0_dp
        end if
    end subroutine take

    !> The derivatives, of second order also at an edge.
    pure subroutine slopes(m, center, wa, q, column)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: center(m), wa(m, 3)
        type(quotient), intent(in) :: q
        real(dp), intent(out) :: column(m)
        integer :: i, side

        side = merge(2, 1, q%sides == behind)
        do i = 1, m
            if (q%sides == both) then
                column(i) = (wa(i, 1) - wa(i, 2)) / q%width
            else
                column(i) = ((4.0_dp * wa(i, 3) - wa(i, side)) - 3.0_dp * center(i)) / q%width
            end if
            if (.not. q%changes .and. column(i) == column(i)) column(i) = 0.0_dp
        end do
    end subroutine slopes

    !> Whether the values are finite where those at the center are.
    pure function is_defined(m, values, center)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: values(m), center(m)
        logical :: is_defined

        is_defined = all(is_finite(values) .or. .not. is_finite(center))
    end function is_defined

    !> The larger of a and |b|; a if b is not finite.
    pure elemental function further(a, b) result(c)
        real(dp), intent(in) :: a, b
        real(dp) :: c

        c = a
        if (abs(b) > a .and. is_finite(b)) c = abs(b)
    end function further

    pure function not_a_number() result(value)
        real(dp) :: value

        value = infinity()
        value = value - value
    end function not_a_number

end module derivatives_m
