!> What can be said of a least-squares problem from its triangular factor, at n by n cost.
module triangular_m
    use, intrinsic :: iso_c_binding, only: c_int
    use machine_m, only: dp, machine
    use elementary_m, only: inverse_power
    use enorm_m, only: enorm
    implicit none
    private
    public :: solve_upper, forward_norm, refine, frobenius_condition, singular_values, finite_upper

contains

    !> x = T**-1 * b, T upper triangular without a zero on its diagonal.
    pure subroutine solve_upper(n, t, ldt, b, x)
        integer(c_int), intent(in) :: n, ldt
        real(dp), intent(in) :: t(ldt, n), b(n)
        real(dp), intent(out) :: x(n)
        real(dp) :: value
        integer(c_int) :: j

        x(1:n) = b(1:n)
        do j = n, 1, -1
            x(j) = x(j) / t(j, j)
            value = x(j)
            x(1:j - 1) = x(1:j - 1) - t(1:j - 1, j) * value
        end do
    end subroutine solve_upper

    !> norm = |T'**-1 * b|, T upper triangular without a zero on its diagonal.
    pure subroutine forward_norm(n, t, ldt, b, norm, wa, mach)
        integer(c_int), intent(in) :: n, ldt
        real(dp), intent(in) :: t(ldt, n), b(n)
        real(dp), intent(out) :: norm
        real(dp), intent(out) :: wa(n)  !! scratch
        type(machine), intent(in) :: mach
        real(dp) :: total
        integer(c_int) :: i, j

        do j = 1, n
            total = 0.0_dp
            do i = 1, j - 1
                total = total + t(i, j) * wa(i)
            end do
            wa(j) = (b(j) - total) / t(j, j)
        end do
        norm = enorm(n, wa, mach)
    end subroutine forward_norm

    !> Refine y = Q'f by what it should satisfy, T'y = P'g with g = A'f.
    !!
    !! If f is large in rows in which A is small, as losses make both for outliers, y has an error of the size of all f,
    !! while g has none of that. Nothing is done if the condition of T spoils more than is gained.
    pure subroutine refine(n, t, ldt, ipvt, condition, largest, g, y, wa, mach)
        integer(c_int), intent(in) :: n, ldt, ipvt(n)
        real(dp), intent(in) :: t(ldt, n), g(*)
        real(dp), intent(in) :: condition  !! of T
        real(dp), intent(in) :: largest    !! largest |f(i)|
        real(dp), intent(inout) :: y(n)
        real(dp), intent(out) :: wa(n)     !! scratch
        type(machine), intent(in) :: mach
        real(dp) :: total
        integer(c_int) :: i, j

        if (.not. condition * enorm(n, y, mach) < largest) return
        do j = 1, n
            total = g(ipvt(j))
            do i = 1, j
                total = total - t(i, j) * y(i)
            end do
            do i = 1, j - 1
                total = total - t(i, j) * wa(i)
            end do
            wa(j) = total / t(j, j)
        end do
        y(1:n) = y(1:n) + wa(1:n)
    end subroutine refine

    pure function finite_upper(n, t, ldt) result(finite)
        integer(c_int), intent(in) :: n, ldt
        real(dp), intent(in) :: t(ldt, n)
        logical :: finite
        integer(c_int) :: j

        finite = .true.
        do j = 1, n
            finite = finite .and. all(abs(t(1:j, j)) <= huge(1.0_dp))
        end do
    end function finite_upper

    !> Condition number of T by Frobenius norms of it and of its inverse, at least that of the singular values; infinite
    !! or NaN if T is singular or nearly so.
    pure subroutine frobenius_condition(n, t, ldt, condition, wa, mach)
        integer(c_int), intent(in) :: n, ldt
        real(dp), intent(in) :: t(ldt, n)
        real(dp), intent(out) :: condition
        real(dp), intent(out) :: wa(n, 3)  !! scratch
        type(machine), intent(in) :: mach
        real(dp), parameter :: least = 1e-280_dp
        real(dp) :: squares(2)
        integer(c_int) :: i, j

        squares = 0.0_dp
        do j = 1, n
            call inverse_column(j, t, ldt, wa)
            do i = 1, j
                squares(1) = squares(1) + t(i, j) * t(i, j)
                squares(2) = squares(2) + wa(i, 1) * wa(i, 1)
            end do
        end do
        condition = sqrt(squares(1)) * sqrt(squares(2))
        if (all(squares > least .and. squares < 1.0_dp / least)) return

        do j = 1, n  ! squares overflow or vanish, which the norms do not
            call inverse_column(j, t, ldt, wa)
            wa(j, 2) = enorm(j, t(1, j), mach)
            wa(j, 3) = enorm(j, wa(1, 1), mach)
        end do
        condition = enorm(n, wa(1, 2), mach) * enorm(n, wa(1, 3), mach)
    end subroutine frobenius_condition

    !> Column j of the inverse of T.
    pure subroutine inverse_column(j, t, ldt, column)
        integer(c_int), intent(in) :: j, ldt
        real(dp), intent(in) :: t(ldt, j)
        real(dp), intent(out) :: column(j)
        real(dp) :: value
        integer(c_int) :: k

        column(j) = 1.0_dp / t(j, j)
        value = column(j)
        column(1:j - 1) = -(t(1:j - 1, j) * value)
        do k = j - 1, 1, -1
            column(k) = column(k) / t(k, k)
            value = column(k)
            column(1:k - 1) = column(1:k - 1) - t(1:k - 1, k) * value
        end do
    end subroutine inverse_column

    !> Singular values and right singular vectors of T, upper triangular: T = U*diag(sigma)*V'.
    !!
    !! One-sided Jacobi on the columns of T'. They end as V*diag(sigma); U is never formed, but its rotations are
    !! applied to the right-hand side: ub = U'b. Converges fast where T comes from QR with column pivoting.
    !!
    !! Source: Z. Drmac and K. Veselic, "New fast and accurate Jacobi SVD algorithm I", SIAM J. Matrix Anal. Appl. 29
    !! (2008), without their block and preconditioning strategies.
    pure subroutine singular_values(n, ldt, t, b, sigma, ub, v, mach) bind(c, name="minpack_singular_values")
        integer(c_int), value :: n, ldt
        real(dp), intent(in) :: t(ldt, n), b(n)
        real(dp), intent(out) :: sigma(n)  !! not sorted
        real(dp), intent(out) :: ub(n)
        real(dp), intent(out) :: v(n, n)   !! column k belongs to sigma(k); zero where that is zero
        type(machine), intent(in) :: mach
        integer(c_int), parameter :: most_sweeps = 60
        real(dp) :: largest, unit
        integer(c_int) :: i, j, sweep
        logical :: rotated

        ! The largest element becomes about 1 where squares would overflow or vanish; scaling by a power of two.
        largest = 0.0_dp
        do j = 1, n
            do i = 1, j
                if (abs(t(i, j)) > largest) largest = abs(t(i, j))
            end do
        end do
        unit = 1.0_dp
        if (largest > 1e30_dp .or. (largest < 1e-30_dp .and. largest > 0.0_dp)) then
            unit = inverse_power(largest)
        end if
        do j = 1, n
            ub(j) = b(j)
            do i = 1, n
                v(i, j) = 0.0_dp
                if (i >= j) v(i, j) = unit * t(j, i)
            end do
            sigma(j) = enorm(n, v(1, j), mach)
        end do

        do sweep = 1, most_sweeps
            rotated = .false.
            do i = 1, n - 1
                do j = i + 1, n
                    call rotate(n, v(1, i), v(1, j), sigma(i), sigma(j), ub(i), ub(j), mach, rotated)
                end do
            end do
            if (.not. rotated) exit
        end do

        do j = 1, n
            do i = 1, n
                if (sigma(j) > 0.0_dp) v(i, j) = v(i, j) / sigma(j)
            end do
            sigma(j) = sigma(j) / unit
        end do
    end subroutine singular_values

    !> Rotate columns x and y, and the right-hand side's elements with them, so that the columns are orthogonal. Their
    !! norms go along.
    pure subroutine rotate(n, x, y, x_norm, y_norm, bx, by, mach, rotated)
        integer(c_int), intent(in) :: n
        real(dp), intent(inout) :: x(n), y(n), x_norm, y_norm, bx, by
        type(machine), intent(in) :: mach
        logical, intent(inout) :: rotated
        real(dp) :: cosine, product, sine, t, temp, zeta
        integer(c_int) :: k

        product = 0.0_dp
        do k = 1, n
            product = product + x(k) * y(k)
        end do
        if (.not. abs(product) > mach%epsmch * x_norm * y_norm) return
        rotated = .true.
        zeta = ((y_norm - x_norm) * ((y_norm + x_norm) / product)) * 0.5_dp
        t = 1.0_dp / (abs(zeta) + sqrt(1.0_dp + zeta * zeta))
        if (zeta < 0.0_dp) t = -t
        cosine = 1.0_dp / sqrt(1.0_dp + t * t)
        sine = cosine * t
        do k = 1, n
            temp = x(k)
            x(k) = cosine * temp - sine * y(k)
            y(k) = sine * temp + cosine * y(k)
        end do
        x_norm = enorm(n, x, mach)
        y_norm = enorm(n, y, mach)
        temp = bx
        bx = cosine * temp - sine * by
        by = sine * temp + cosine * by
    end subroutine rotate

end module triangular_m
