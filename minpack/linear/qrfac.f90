module qrfac_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine, larger
    use enorm_m, only: enorm, norm_of_squares
    use columns_m, only: squares_4, reflect_4, reflect_2, reflect_1, update, update_pivot, exchange_pivot, exchange, divide
    implicit none
    private
    public :: qrfac, qrfac_with, qrfac_rows

    ! Columns whose multipliers have room; more columns are reflected in parts.
    integer(c_int), parameter :: part = 512

    ! Rows at a time. If there are few columns, few rows, so that the division of the next rows overlaps with the sums of
    ! these; else enough to read memory in long runs, while u and v still stay in the cache between two groups.
    integer(c_int), parameter :: few_rows = 32, many_rows = 32768

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

        call qrfac_with(m, n, a, ipvt, rdiag, acnorm, wa, mach)
    end subroutine qrfac

    !> The same, with a right-hand side that goes along as if it were one more column.
    !!
    !! A reflection updates the columns only when the next one forms its products with them, so that memory is passed
    !! over once for both: the next pivot is known as soon as one row is updated, and it alone is updated at once.
    pure subroutine qrfac_with(m, n, a, ipvt, rdiag, acnorm, wa, mach, b)
        integer(c_int), intent(in) :: m, n
        real(dp), intent(inout) :: a(m, n)
        integer(c_int), intent(out) :: ipvt(n)
        real(dp), intent(out) :: rdiag(n), acnorm(n), wa(n)
        type(machine), intent(in) :: mach
        real(dp), intent(inout), optional :: b(m)  !! out: the first n elements are those of Q'b, the rest is scratch
        integer(c_int) :: first, j, k, kmax, last
        real(dp) :: ajnorm
        real(dp) :: t(part + 2)  ! multipliers of the columns from the pivot's on, and after them that of b
        logical :: waiting       ! whether the last reflection's updates are still to be made, with t

        call column_norms(m, n, a, acnorm, mach)
        do j = 1, n
            rdiag(j) = acnorm(j)
            wa(j) = rdiag(j)
            ipvt(j) = j
        end do

        waiting = .false.
        do j = 1, n
            kmax = j
            do k = j + 1, n
                if (rdiag(k) > rdiag(kmax)) kmax = k
            end do
            ajnorm = rdiag(kmax)  ! at first the norm is known; later only an estimate of it is
            call bring_pivot(m, n, j, kmax, a, waiting, t, ajnorm, mach)
            if (kmax /= j) then
                rdiag(kmax) = rdiag(j)
                wa(kmax) = wa(j)
                k = ipvt(j)
                ipvt(j) = ipvt(kmax)
                ipvt(kmax) = k
            end if
            if (ajnorm /= 0.0_dp) then
                if (a(j, j) < 0.0_dp) ajnorm = -ajnorm
                last = j
                do
                    first = last + 1
                    last = min(n, last + part)
                    call reflect(m, n, j, first, last, a, ajnorm, waiting, t, rdiag, wa, mach, b)
                    if (last == n) exit
                end do
            else if (waiting) then
                call update_waiting(m, n, j - 1, j + 1, n, a, t(2), b)
                waiting = .false.
            end if
            rdiag(j) = -ajnorm
        end do
    end subroutine qrfac_with

    !> Pivot a triangular factor that was made row by row, if it is singular: R in r, and Q'b in qtb with it.
    !!
    !! Source: MINPACK-1 LMSTR (More, Garbow & Hillstrom, ANL-80-74, 1980).
    pure subroutine qrfac_rows(n, r, ipvt, qtb, acnorm, wa, mach)
        integer(c_int), intent(in) :: n
        real(dp), intent(inout) :: r(n, n), qtb(n)
        integer(c_int), intent(out) :: ipvt(n)
        real(dp), intent(out) :: acnorm(n)  !! norms of the columns
        real(dp), intent(out) :: wa(n, 2)   !! scratch
        type(machine), intent(in) :: mach
        integer(c_int) :: j
        logical :: singular

        singular = .false.
        do j = 1, n
            if (r(j, j) == 0.0_dp) singular = .true.
            ipvt(j) = j
            acnorm(j) = enorm(j, r(1, j), mach)
        end do
        if (.not. singular) return
        call qrfac_with(n, n, r, ipvt, wa(1, 1), acnorm, wa(1, 2), mach, qtb)
        do j = 1, n
            r(j, j) = wa(j, 1)
        end do
    end subroutine qrfac_rows

    pure subroutine column_norms(m, n, a, norms, mach)
        integer(c_int), intent(in) :: m, n
        real(dp), intent(in) :: a(m, n)
        real(dp), intent(out) :: norms(n)
        type(machine), intent(in) :: mach
        real(dp) :: total(4)
        integer(c_int) :: k, l

        do k = 1, n, 4
            ! what is missing from four is made up by repeating the last column
            call squares_4(m, a(1, k), a(1, min(k + 1, n)), a(1, min(k + 2, n)), a(1, min(k + 3, n)), total)
            do l = k, min(k + 3, n)
                norms(l) = norm_of_squares(total(l - k + 1), m, a(1, l), mach)
            end do
        end do
    end subroutine column_norms

    !> Exchange column kmax for column j, the former updated. The norm of what is left of it is ajnorm, given for j = 1.
    pure subroutine bring_pivot(m, n, j, kmax, a, waiting, t, ajnorm, mach)
        integer(c_int), intent(in) :: m, n, j, kmax
        real(dp), intent(inout) :: a(m, n)
        logical, intent(in) :: waiting
        real(dp), intent(inout) :: t(*), ajnorm
        type(machine), intent(in) :: mach
        real(dp) :: total

        if (.not. waiting) then
            if (kmax /= j) call exchange(m, a(1, j), a(1, kmax))
            if (j > 1) ajnorm = enorm(m - j + 1, a(j, j), mach)
            return
        end if
        if (kmax == j) then
            call update_pivot(m - j + 1, t(1), a(j, j - 1), a(j, j), total)
        else
            call exchange(j - 1, a(1, j), a(1, kmax))
            call exchange_pivot(m - j + 1, t(kmax - j + 1), a(j, j - 1), a(j, j), a(j, kmax), total)
            t(kmax - j + 1) = t(1)
        end if
        ajnorm = norm_of_squares(total, m - j + 1, a(j, j), mach)
    end subroutine bring_pivot

    !> Reflect columns first to last, and b with the last of all, with column j. Only row j is updated, unless the norm
    !! of a column must be computed afresh, or t has no room for all columns.
    pure subroutine reflect(m, n, j, first, last, a, ajnorm, waiting, t, rdiag, wa, mach, b)
        integer(c_int), intent(in) :: m, n, j, first, last
        real(dp), intent(inout) :: a(m, n)
        real(dp), intent(in) :: ajnorm
        logical, intent(inout) :: waiting
        real(dp), intent(inout) :: t(*), rdiag(n), wa(n)
        type(machine), intent(in) :: mach
        real(dp), intent(inout), optional :: b(m)
        integer(c_int) :: k, live
        logical :: with_b
        real(dp) :: ratio

        live = last - first + 1
        with_b = present(b) .and. last == n
        call sweep(m, n, j, first, live, a, ajnorm, waiting, t, with_b, b)
        waiting = live == n - j
        do k = first, last
            t(k - first + 1) = t(k - first + 1) / a(j, j)
            a(j, k) = a(j, k) - t(k - first + 1) * a(j, j)
            if (rdiag(k) /= 0.0_dp) then
                ! The norm of what is left of the column by downdating; afresh if too little is left.
                ratio = a(j, k) / rdiag(k)
                rdiag(k) = rdiag(k) * sqrt(larger(0.0_dp, 1.0_dp - ratio * ratio))
                ratio = rdiag(k) / wa(k)
                if (0.05_dp * (ratio * ratio) <= mach%epsmch) then
                    wa(k) = -1.0_dp
                    waiting = .false.
                end if
            end if
        end do
        if (with_b) then
            t(live + 1) = t(live + 1) / a(j, j)
            b(j) = b(j) - t(live + 1) * a(j, j)
        end if
        if (waiting) return

        if (with_b) then
            call update_waiting(m, n, j, first, last, a, t, b)
        else
            call update_waiting(m, n, j, first, last, a, t)
        end if
        do k = first, last
            if (wa(k) < 0.0_dp) then
                rdiag(k) = enorm(m - j, a(j + 1, k), mach)
                wa(k) = rdiag(k)
            end if
        end do
    end subroutine reflect

    !> Make the updates by the reflection with column j below its row, now.
    pure subroutine update_waiting(m, n, j, first, last, a, t, b)
        integer(c_int), intent(in) :: m, n, j, first, last
        real(dp), intent(inout) :: a(m, n)
        real(dp), intent(in) :: t(*)
        real(dp), intent(inout), optional :: b(m)
        integer(c_int) :: k

        do k = first, last
            call update(m - j, t(k - first + 1), a(j + 1, j), a(j + 1, k))
        end do
        if (present(b)) call update(m - j, t(last - first + 2), a(j + 1, j), b(j + 1))
    end subroutine update_waiting

    !> Make column j the Householder vector v, and form its products with the live columns from the first on, and with b
    !! after them. t holds the multipliers of their waiting updates from t(2) on, and gets the products from t(1) on.
    pure subroutine sweep(m, n, j, first, live, a, ajnorm, waiting, t, with_b, b)
        integer(c_int), intent(in) :: m, n, j, first, live
        real(dp), intent(inout) :: a(m, n)
        real(dp), intent(in) :: ajnorm
        logical, intent(in) :: waiting, with_b
        real(dp), intent(inout) :: t(*)
        real(dp), intent(inout), optional :: b(m)
        real(dp) :: total(part + 1)
        integer(c_int) :: columns, i, k, many, rows, u

        columns = live
        if (with_b) columns = columns + 1
        total(1:columns) = 0.0_dp
        u = max(j - 1, 1)  ! there is no update to wait for at first
        many = many_rows
        if (columns <= 4) many = few_rows

        do i = j, m, many
            rows = min(many, m - i + 1)
            if (first == j + 1) then
                call divide(rows, a(i, j), ajnorm)
                if (i == j) a(j, j) = a(j, j) + 1.0_dp
            end if
            k = 1
            do while (k <= columns)
                associate (c => first + k - 1)
                    select case (columns - k)
                    case (3:)
                        if (k + 3 <= live) then
                            call reflect_4(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), &
                                           a(i, c), a(i, c + 1), a(i, c + 2), a(i, c + 3))
                        else
                            call reflect_4(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), &
                                           a(i, c), a(i, c + 1), a(i, c + 2), b(i))
                        end if
                        k = k + 4
                    case (1:2)
                        if (k + 1 <= live) then
                            call reflect_2(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), a(i, c), a(i, c + 1))
                        else
                            call reflect_2(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), a(i, c), b(i))
                        end if
                        k = k + 2
                    case default
                        if (k <= live) then
                            call reflect_1(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), a(i, c))
                        else
                            call reflect_1(rows, waiting, t(k + 1), a(i, u), a(i, j), total(k), b(i))
                        end if
                        k = k + 1
                    end select
                end associate
            end do
        end do
        t(1:columns) = total(1:columns)
    end subroutine sweep

end module qrfac_m
