!> Loops over the rows of a few columns at once, for qrfac.
!!
!! A sum in index order is a chain of additions, each of which waits for the last; the sums of four columns side by
!! side fill that time. Each sum keeps its own order, so that the bits are those of one column after the other.
module columns_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    implicit none
    private
    public :: squares_4, reflect_4, reflect_2, reflect_1, update, update_pivot, exchange_pivot, exchange, divide

contains

    !> The sums of squares of four columns.
    pure subroutine squares_4(m, c1, c2, c3, c4, total)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: c1(m), c2(m), c3(m), c4(m)
        real(dp), intent(out) :: total(4)
        real(dp) :: s1, s2, s3, s4
        integer(c_int) :: i

        s1 = 0.0_dp
        s2 = 0.0_dp
        s3 = 0.0_dp
        s4 = 0.0_dp
        do i = 1, m
            s1 = s1 + c1(i) * c1(i)
            s2 = s2 + c2(i) * c2(i)
            s3 = s3 + c3(i) * c3(i)
            s4 = s4 + c4(i) * c4(i)
        end do
        total(1) = s1
        total(2) = s2
        total(3) = s3
        total(4) = s4
    end subroutine squares_4

    !> Add v'c to the total of each column, after c = c - t * u if that update is still waiting.
    pure subroutine reflect_4(m, waiting, t, u, v, total, c1, c2, c3, c4)
        integer(c_int), intent(in) :: m
        logical, intent(in) :: waiting
        real(dp), intent(in) :: t(4), u(m), v(m)  !! t and u are read only if the update is waiting
        real(dp), intent(inout) :: total(4), c1(m), c2(m), c3(m), c4(m)
        real(dp) :: s1, s2, s3, s4
        integer(c_int) :: i

        s1 = total(1)
        s2 = total(2)
        s3 = total(3)
        s4 = total(4)
        if (waiting) then
            do i = 1, m
                c1(i) = c1(i) - t(1) * u(i)
                c2(i) = c2(i) - t(2) * u(i)
                c3(i) = c3(i) - t(3) * u(i)
                c4(i) = c4(i) - t(4) * u(i)
                s1 = s1 + v(i) * c1(i)
                s2 = s2 + v(i) * c2(i)
                s3 = s3 + v(i) * c3(i)
                s4 = s4 + v(i) * c4(i)
            end do
        else
            do i = 1, m
                s1 = s1 + v(i) * c1(i)
                s2 = s2 + v(i) * c2(i)
                s3 = s3 + v(i) * c3(i)
                s4 = s4 + v(i) * c4(i)
            end do
        end if
        total(1) = s1
        total(2) = s2
        total(3) = s3
        total(4) = s4
    end subroutine reflect_4

    !> The same for two columns.
    pure subroutine reflect_2(m, waiting, t, u, v, total, c1, c2)
        integer(c_int), intent(in) :: m
        logical, intent(in) :: waiting
        real(dp), intent(in) :: t(2), u(m), v(m)
        real(dp), intent(inout) :: total(2), c1(m), c2(m)
        real(dp) :: s1, s2
        integer(c_int) :: i

        s1 = total(1)
        s2 = total(2)
        if (waiting) then
            do i = 1, m
                c1(i) = c1(i) - t(1) * u(i)
                c2(i) = c2(i) - t(2) * u(i)
                s1 = s1 + v(i) * c1(i)
                s2 = s2 + v(i) * c2(i)
            end do
        else
            do i = 1, m
                s1 = s1 + v(i) * c1(i)
                s2 = s2 + v(i) * c2(i)
            end do
        end if
        total(1) = s1
        total(2) = s2
    end subroutine reflect_2

    !> The same for one column.
    pure subroutine reflect_1(m, waiting, t, u, v, total, c)
        integer(c_int), intent(in) :: m
        logical, intent(in) :: waiting
        real(dp), intent(in) :: t, u(m), v(m)
        real(dp), intent(inout) :: total, c(m)
        real(dp) :: s
        integer(c_int) :: i

        s = total
        if (waiting) then
            do i = 1, m
                c(i) = c(i) - t * u(i)
                s = s + v(i) * c(i)
            end do
        else
            do i = 1, m
                s = s + v(i) * c(i)
            end do
        end if
        total = s
    end subroutine reflect_1

    !> c = c - t * u.
    pure subroutine update(m, t, u, c)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: t, u(m)
        real(dp), intent(inout) :: c(m)
        integer(c_int) :: i

        do i = 1, m
            c(i) = c(i) - t * u(i)
        end do
    end subroutine update

    !> c = c - t * u, and the sum of its squares.
    pure subroutine update_pivot(m, t, u, c, total)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: t, u(m)
        real(dp), intent(inout) :: c(m)
        real(dp), intent(out) :: total
        integer(c_int) :: i

        total = 0.0_dp
        do i = 1, m
            c(i) = c(i) - t * u(i)
            total = total + c(i) * c(i)
        end do
    end subroutine update_pivot

    !> The same for a column c that becomes column b, and b column c; the update of b is left waiting.
    pure subroutine exchange_pivot(m, t, u, b, c, total)
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: t, u(m)
        real(dp), intent(inout) :: b(m), c(m)
        real(dp), intent(out) :: total
        real(dp) :: updated
        integer(c_int) :: i

        total = 0.0_dp
        do i = 1, m
            updated = c(i) - t * u(i)
            c(i) = b(i)
            b(i) = updated
            total = total + updated * updated
        end do
    end subroutine exchange_pivot

    !> Exchange two columns.
    pure subroutine exchange(m, b, c)
        integer(c_int), intent(in) :: m
        real(dp), intent(inout) :: b(m), c(m)
        real(dp) :: temp
        integer(c_int) :: i

        do i = 1, m
            temp = b(i)
            b(i) = c(i)
            c(i) = temp
        end do
    end subroutine exchange

    !> v = v / d.
    pure subroutine divide(m, v, d)
        integer(c_int), intent(in) :: m
        real(dp), intent(inout) :: v(m)
        real(dp), intent(in) :: d
        integer(c_int) :: i

        do i = 1, m
            v(i) = v(i) / d
        end do
    end subroutine divide

end module columns_m
