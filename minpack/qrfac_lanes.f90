!> The QR factors of several small matrices at once, side by side as the lanes of vector instructions.
!!
!! A small problem spends its time waiting: each addition to a sum waits for the one before. Several problems'
!! sums do not wait for each other. Every operation on a lane is the one that qrfac and lm_linearize would do,
!! in their order, so a lane's bits are theirs. `omp simd` makes the compiler keep the loops over lanes, which it
!! would unroll before it looks for vectors.
module qrfac_lanes_m
    use, intrinsic :: iso_c_binding, only: c_int
    use kinds_m, only: dp, machine
    use enorm_m, only: enorm
    implicit none
    private
    public :: difference_lanes, qrfac_lanes

    integer, parameter :: lanes = 4  !! MINPACK_LANES of minpack.h

contains

    !> Forward differences of all lanes, in place: a(:, :, j) = (a(:, :, j) - a(:, :, n + 1)) / h(:, j).
    pure subroutine difference_lanes(m, n, h, a) bind(c, name="minpack_difference_lanes")
        integer(c_int), value :: m, n
        real(dp), intent(in) :: h(lanes, n)             !! the increment of each parameter
        real(dp), intent(inout) :: a(lanes, m, n + 1)   !! in: residuals at the n moved points, and at the point
        integer(c_int) :: i, j, l

        do j = 1, n
            do i = 1, m
                !$omp simd
                do l = 1, lanes
                    a(l, i, j) = (a(l, i, j) - a(l, i, n + 1)) / h(l, j)
                end do
            end do
        end do
    end subroutine difference_lanes

    !> Factor A*P = Q*R in each lane, as qrfac does, and apply Q' to a vector in the same passes.
    !!
    !! A lane may have fewer rows than others: its matrix and vector then end in zeros, which change no sum.
    pure subroutine qrfac_lanes(m, n, rows, a, ipvt, rdiag, acnorm, wa, column, mach) &
        bind(c, name="minpack_qrfac_lanes")
        integer(c_int), value :: m, n                  !! m >= n >= 1
        integer(c_int), intent(in) :: rows(lanes)      !! of each lane; n <= rows <= m
        real(dp), intent(inout) :: a(lanes, m, n + 1)  !! in: A and the vector b; out: R above, b(:n) = (Q'b)(:n)
        integer(c_int), intent(out) :: ipvt(lanes, n)  !! as of qrfac, and so are the next two
        real(dp), intent(out) :: rdiag(lanes, n)
        real(dp), intent(out) :: acnorm(lanes, n)
        real(dp), intent(out) :: wa(lanes, n)          !! scratch, as of qrfac
        real(dp), intent(out) :: column(m)             !! scratch
        type(machine), intent(in) :: mach
        integer(c_int) :: i, j, k, l, swap(lanes)
        real(dp) :: norm(lanes), divisor(lanes), lost(lanes), limit

        ! where squares add up to less, no component is as large as what enorm would scale
        limit = (mach%rgiant / real(m, dp)) * (mach%rgiant / real(m, dp))
        do j = 1, n
            call norms(m, rows, a(1, 1, j), limit, norm, column, mach)
            acnorm(:, j) = norm
            rdiag(:, j) = norm
            wa(:, j) = norm
            ipvt(:, j) = j
        end do

        do j = 1, n
            swap = j
            do k = j + 1, n
                do l = 1, lanes
                    if (rdiag(l, k) > rdiag(l, swap(l))) swap(l) = k
                end do
            end do
            do l = 1, lanes
                norm(l) = rdiag(l, swap(l))
                if (swap(l) /= j) call exchange(l, j, swap(l), m, n, a, ipvt, rdiag, wa)
            end do

            if (j > 1) call norms(m - j + 1, rows - j + 1, a(1, j, j), limit, norm, column, mach)
            do l = 1, lanes
                if (a(l, j, j) < 0.0_dp) norm(l) = -norm(l)
                divisor(l) = merge(1.0_dp, norm(l), norm(l) == 0.0_dp)  ! such a lane sits this step out
            end do
            do i = j, m
                !$omp simd
                do l = 1, lanes
                    a(l, i, j) = a(l, i, j) / divisor(l)
                end do
            end do
            a(:, j, j) = a(:, j, j) + 1.0_dp
            do k = j + 1, n + 1
                call reflect(m - j + 1, a(1, j, j), a(1, j, k), norm)
                if (k > n) cycle
                call downdate(a(1, j, k), norm, rdiag(1, k), wa(1, k), mach%epsmch, lost)
                if (all(lost == 0.0_dp)) cycle
                do l = 1, lanes
                    if (lost(l) == 0.0_dp) cycle
                    rdiag(l, k) = 0.0_dp
                    if (j < rows(l)) then
                        column(1:rows(l) - j) = a(l, j + 1:rows(l), k)
                        rdiag(l, k) = enorm(rows(l) - j, column, mach)
                    end if
                    wa(l, k) = rdiag(l, k)
                end do
            end do
            rdiag(:, j) = -norm
        end do
    end subroutine qrfac_lanes

    !> Exchange columns j and k of one lane.
    pure subroutine exchange(l, j, k, m, n, a, ipvt, rdiag, wa)
        integer(c_int), intent(in) :: l, j, k, m, n
        real(dp), intent(inout) :: a(lanes, m, n + 1), rdiag(lanes, n), wa(lanes, n)
        integer(c_int), intent(inout) :: ipvt(lanes, n)
        integer(c_int) :: i, held
        real(dp) :: temp

        do i = 1, m
            temp = a(l, i, j)
            a(l, i, j) = a(l, i, k)
            a(l, i, k) = temp
        end do
        rdiag(l, k) = rdiag(l, j)
        wa(l, k) = wa(l, j)
        held = ipvt(l, j)
        ipvt(l, j) = ipvt(l, k)
        ipvt(l, k) = held
    end subroutine exchange

    !> Apply the Householder transformation defined by v to c in each lane whose norm is not zero.
    pure subroutine reflect(m, v, c, norm)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: v(lanes, m)
        real(dp), intent(inout) :: c(lanes, m)
        real(dp), intent(in) :: norm(lanes)
        integer(c_int) :: i, l
        real(dp) :: total(lanes)

        total = 0.0_dp
        do i = 1, m
            !$omp simd
            do l = 1, lanes
                total(l) = total(l) + v(l, i) * c(l, i)
            end do
        end do
        !$omp simd
        do l = 1, lanes
            total(l) = merge(0.0_dp, total(l) / v(l, 1), norm(l) == 0.0_dp)
        end do
        do i = 1, m
            !$omp simd
            do l = 1, lanes
                c(l, i) = c(l, i) - total(l) * v(l, i)
            end do
        end do
    end subroutine reflect

    !> The norms of what is left of columns without one more row, as qrfac has them, in each lane whose
    !! pivot is not zero. lost is not 0 where the norm must be computed afresh.
    pure subroutine downdate(row, pivot, norm, computed, epsmch, lost)
        real(dp), intent(in) :: row(lanes), pivot(lanes), computed(lanes), epsmch
        real(dp), intent(inout) :: norm(lanes)
        real(dp), intent(out) :: lost(lanes)
        integer(c_int) :: l
        real(dp) :: ratio, left, rest

        !$omp simd private(ratio, left, rest)
        do l = 1, lanes
            ratio = row(l) / norm(l)
            left = 1.0_dp - ratio * ratio
            rest = norm(l) * sqrt(merge(left, 0.0_dp, left > 0.0_dp))
            ratio = rest / computed(l)
            lost(l) = merge(1.0_dp, 0.0_dp, 0.05_dp * (ratio * ratio) <= epsmch)
            if (norm(l) == 0.0_dp .or. pivot(l) == 0.0_dp) then  ! what was computed is no number then
                rest = norm(l)
                lost(l) = 0.0_dp
            end if
            norm(l) = rest
        end do
    end subroutine downdate

    !> The Euclidean norm of each lane: the root of the sum of squares where enorm would scale no component.
    pure subroutine norms(m, rows, x, limit, norm, column, mach)
        integer(c_int), intent(in) :: m, rows(lanes)
        real(dp), intent(in) :: x(lanes, m), limit
        real(dp), intent(out) :: norm(lanes), column(m)
        type(machine), intent(in) :: mach
        integer(c_int) :: i, l
        real(dp) :: total(lanes), small(lanes), rdwarf

        rdwarf = mach%rdwarf
        total = 0.0_dp
        small = 0.0_dp
        do i = 1, m
            !$omp simd
            do l = 1, lanes
                total(l) = total(l) + x(l, i) * x(l, i)
                small(l) = small(l) + merge(abs(x(l, i)), 0.0_dp, abs(x(l, i)) <= rdwarf)
            end do
        end do
        norm = sqrt(total)
        do l = 1, lanes
            if (small(l) == 0.0_dp .and. total(l) < limit) cycle  ! not so where there is a NaN
            do i = 1, rows(l)
                column(i) = x(l, i)
            end do
            norm(l) = enorm(rows(l), column, mach)
        end do
    end subroutine norms

end module qrfac_lanes_m
