!> What the bounded methods do with the m by n Jacobian: weights and gradient in one pass over it, and its factors.
module jacobian_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp
    use bounded_state_m, only: bounded_state, method_dogbox, v_acnorm, v_free, v_qtf, v_wa, vectors
    use bounds_m, only: all_finite, is_finite
    use columns_m, only: reflect_4, reflect_2, reflect_1
    use qrfac_m, only: qrfac_with
    implicit none
    private
    public :: gradient, finite_jacobian, factor, held

contains

    !> g = J'f; first the rows of J are multiplied by their weights where it is weighted.
    pure subroutine gradient(m, n, weighted, weight, f, fjac, g)
        integer(c_int), intent(in) :: m, n
        logical, intent(in) :: weighted
        real(dp), intent(in) :: weight(m), f(m)
        real(dp), intent(inout) :: fjac(m, n)
        real(dp), intent(out) :: g(n)
        real(dp) :: t(4), total(4)
        integer(c_int) :: i, j, k

        j = 1
        do while (j <= n)
            k = min(4_c_int, n - j + 1)
            if (k == 3) k = 2
            do i = 1, 4
                t(i) = 0.0_dp
                total(i) = 0.0_dp
            end do
            if (weighted) call weigh(m, k, weight, fjac(1, j))
            select case (k)
            case (4)
                call reflect_4(m, .false., t, f, f, total, fjac(1, j), fjac(1, j + 1), fjac(1, j + 2), fjac(1, j + 3))
            case (2)
                call reflect_2(m, .false., t, f, f, total, fjac(1, j), fjac(1, j + 1))
            case default
                call reflect_1(m, .false., t(1), f, f, total(1), fjac(1, j))
            end select
            do i = 1, k
                g(j + i - 1) = total(i)
            end do
            j = j + k
        end do
    end subroutine gradient

    pure subroutine weigh(m, n, weight, fjac)
        integer(c_int), intent(in) :: m, n
        real(dp), intent(in) :: weight(m)
        real(dp), intent(inout) :: fjac(m, n)
        integer(c_int) :: j

        do j = 1, n
            fjac(1:m, j) = fjac(1:m, j) * weight(1:m)
        end do
    end subroutine weigh

    !> Whether the columns of the Jacobian that are factored are finite. The gradient is not where they are not, so that
    !! their elements are mostly not looked at.
    pure function finite_jacobian(s, fjac, g, v) result(finite)
        type(bounded_state), intent(in) :: s
        real(dp), intent(in) :: fjac(s%m, s%n), g(s%n), v(s%n, vectors)
        logical :: finite
        integer(c_int) :: j

        finite = .true.
        do j = 1, s%n
            if (is_finite(g(j)) .or. held(s, j, v)) cycle
            if (.not. all_finite(s%m, fjac(1, j))) finite = .false.
        end do
    end function finite_jacobian

    !> R, Q'f and the norms of the Jacobian's columns.
    pure subroutine factor(s, rows, ftrial, fjac, a, r, v, ipvt)
        type(bounded_state), intent(in) :: s
        integer(c_int), intent(in) :: rows              !! of a: with fewer residuals than parameters, rows of zeros
        real(dp), intent(inout) :: ftrial(s%m)
        real(dp), intent(in) :: fjac(s%m, s%n)
        real(dp), intent(inout) :: a(rows, s%n), r(s%n, s%n), v(s%n, vectors)
        integer(c_int), intent(inout) :: ipvt(s%n)
        integer(c_int) :: j

        do j = 1, s%n
            if (held(s, j, v)) then
                a(1:rows, j) = 0.0_dp
                cycle
            end if
            a(1:s%m, j) = fjac(1:s%m, j)
            a(s%m + 1:rows, j) = 0.0_dp
        end do
        if (s%m >= s%n) then
            call qrfac_with(rows, s%n, a, ipvt, v(1, v_wa), v(1, v_acnorm), v(1, v_wa + 1), s%mach, ftrial)
            v(1:s%n, v_qtf) = ftrial(1:s%n)
        else
            do j = 1, s%n
                v(j, v_qtf) = 0.0_dp
                if (j <= s%m) v(j, v_qtf) = ftrial(j)
            end do
            call qrfac_with(rows, s%n, a, ipvt, v(1, v_wa), v(1, v_acnorm), v(1, v_wa + 1), s%mach, v(1, v_qtf))
        end if
        do j = 1, s%n
            r(1:j - 1, j) = a(1:j - 1, j)
            r(j, j) = v(j, v_wa)
        end do
    end subroutine factor

    !> Whether dogbox holds parameter j at its bound.
    pure function held(s, j, v) result(yes)
        type(bounded_state), intent(in) :: s
        integer(c_int), intent(in) :: j
        real(dp), intent(in) :: v(s%n, vectors)
        logical :: yes

        yes = .false.
        if (s%method == method_dogbox) yes = v(j, v_free) == 0.0_dp
    end function held

end module jacobian_m
