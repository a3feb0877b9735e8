!> Whether a fit by Levenberg-Marquardt ended at a minimum, by what is there at its end: nothing is evaluated.
module ending_m
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_int
    use bounds_m, only: is_finite
    use machine_m, only: dp, larger
    use enorm_m, only: enorm
    use differences_m, only: difference_step
    use fit_state_m, only: fit
    implicit none
    private
    public :: ending, look

    ! Changes of the model below this part of its variation are none: exact data have no standard errors to compare with.
    ! Python has the same number, NO_CHANGE, and a test compares them.
    real(dp), parameter :: no_change = 1.0e-6_dp

    type, bind(c) :: findings
        real(dp) :: change     !! of the model by the step, as the norm of a vector
        real(dp) :: sines      !! the product of those of the angles between each column and those before it
        real(dp) :: terms      !! the sum of the terms of the model, each as the norm of a vector
        integer(c_int) :: rank !! how many columns those before do not replace
    end type findings

contains

    !> How far the end is from a minimum, and whether the derivatives there are rounding.
    subroutine ending(f, scale, distance, lost) bind(c, name="minpack_ending")
        type(fit), intent(inout) :: f       !! in: ftrial holds the data, weighted; out: ftrial and wa are spoilt
        integer(c_int), value :: scale      !! 1: the errors follow from the scatter of the residuals; else 0
        real(dp), intent(out) :: distance   !! the Gauss-Newton step that is left, in standard errors; 0 if it changes nothing
        integer(c_int), intent(out) :: lost !! the parameter, from 0 on, whose differences are mostly rounding, or n more
                                            !! if only what others do not replace of them is; none: -1
        real(dp), pointer, contiguous :: x(:), fvec(:), fjac(:, :), qtf(:), xtrial(:), ftrial(:), step(:), wa(:)
        integer(c_int), pointer, contiguous :: ipvt(:)
        integer(c_int) :: m, n

        distance = 0.0_dp
        lost = -1
        m = f%s%m
        n = f%s%n
        if (f%s%info < 1 .or. f%s%info > 4 .or. (m <= n .and. scale /= 0)) return
        if (.not. (f%s%fnorm > 0.0_dp .and. f%s%fnorm <= huge(1.0_dp))) return
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fvec, fvec, [m])
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac, n])
        call c_f_pointer(f%ipvt, ipvt, [n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%xtrial, xtrial, [n])
        call c_f_pointer(f%ftrial, ftrial, [m])
        call c_f_pointer(f%step, step, [n])
        call c_f_pointer(f%wa, wa, [3 * n])
        call judge(f, scale, m, n, x, fvec, fjac, ipvt, qtf, xtrial, ftrial, step, wa(:n), wa(n + 1:2 * n), distance, &
                   lost)
    end subroutine ending

    subroutine judge(f, scale, m, n, x, fvec, fjac, ipvt, qtf, xtrial, ftrial, step, norms, noise, distance, lost)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: scale, m, n
        real(dp), intent(in) :: x(n), fvec(m), fjac(f%s%ldfjac, n), qtf(n), xtrial(n), step(n)
        integer(c_int), intent(in) :: ipvt(n)
        real(dp), intent(inout) :: ftrial(m)  !! in: data; then model; then Q'f
        real(dp), intent(out) :: norms(n), noise(n), distance
        integer(c_int), intent(out) :: lost
        real(dp) :: eps, least, left, most, root, scatter, terms, worst
        integer(c_int) :: j

        distance = 0.0_dp
        lost = -1
        eps = f%s%mach%epsmch
        if (f%s%differences /= 0) eps = larger(eps, f%s%epsfcn)
        root = sqrt(real(m, dp))
        call variation(f, m, fvec, ftrial, least, most)
        least = no_change * least + root * eps * most
        worst = 1.0_dp
        terms = most
        do j = 1, n
            norms(j) = enorm(j, fjac(:j, j), f%s%mach)
            least = least + 10.0_dp * eps * norms(j) * abs(x(ipvt(j)))
            terms = larger(terms, norms(j) * abs(x(ipvt(j))) / root)
            noise(j) = m * eps * norms(j)
            if (f%s%differences == 0) cycle
            noise(j) = root * eps * most / difference_step(x(ipvt(j)), f%s%epsfcn, f%s%mach)
            if (noise(j) >= worst * norms(j)) then
                if (norms(j) > 0.0_dp) worst = noise(j) / norms(j)
                if (.not. norms(j) > 0.0_dp) worst = huge(worst)
                lost = ipvt(j) - 1
            end if
        end do
        if (lost < 0 .and. f%s%differences /= 0) then
            do j = n, 2, -1  ! the last is the least, as a rule
                if (abs(fjac(j, j)) > root * eps * terms / difference_step(x(ipvt(j)), f%s%epsfcn, f%s%mach)) cycle
                lost = n + ipvt(j) - 1
                exit
            end do
        end if
        if (scale /= 0 .and. f%s%fnorm <= least) lost = -1  ! exact data: all errors are zero
        call what_is_left(f, m, n, x, fvec, fjac, ipvt, qtf, xtrial, step, ftrial)
        do j = 1, n
            if (.not. abs(fjac(j, j)) > noise(j)) ftrial(j) = 0.0_dp
        end do
        left = enorm(n, ftrial, f%s%mach)
        if (.not. left > least) return
        scatter = 0.0_dp
        if (m > n) scatter = f%s%fnorm / sqrt(real(m - n, dp))
        if (scale == 0) scatter = larger(1.0_dp, scatter)
        distance = left / scatter
    end subroutine judge

    !> What the factors of a Jacobian at x say about it: the Gauss-Newton step, by how much it changes the model, and how well
    !! the Jacobian determines the parameters. wa is spoilt.
    subroutine look(f, r, step, found) bind(c, name="minpack_look")
        type(fit), intent(inout) :: f
        real(dp), intent(out) :: r(f%s%n, f%s%n)  !! R by rows, its columns in the order of the parameters
        real(dp), intent(out) :: step(f%s%n)      !! zero for columns that those before replace
        type(findings), intent(out) :: found
        real(dp), pointer, contiguous :: x(:), fjac(:, :), qtf(:), work(:, :)
        integer(c_int), pointer, contiguous :: ipvt(:)
        integer(c_int) :: n

        n = f%s%n
        call c_f_pointer(f%x, x, [n])
        call c_f_pointer(f%fjac, fjac, [f%s%ldfjac, n])
        call c_f_pointer(f%ipvt, ipvt, [n])
        call c_f_pointer(f%qtf, qtf, [n])
        call c_f_pointer(f%wa, work, [n, 2])
        call measure(f, n, x, fjac, ipvt, qtf, r, work(:, 1), work(:, 2), found)
        call descend(f, n, fjac, ipvt, work(:, 1), work(:, 2), step)
    end subroutine look

    !> All but the step; left is Q'f, pivot the diagonal of R, both zero for columns that those before replace.
    subroutine measure(f, n, x, fjac, ipvt, qtf, r, left, pivot, found)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: n, ipvt(n)
        real(dp), intent(in) :: x(n), fjac(f%s%ldfjac, n), qtf(n)
        real(dp), intent(out) :: r(n, n), left(n), pivot(n)
        type(findings), intent(out) :: found
        real(dp) :: norm
        integer(c_int) :: j

        found = findings(0.0_dp, 1.0_dp, 0.0_dp, 0)
        r = 0.0_dp
        left = 0.0_dp
        pivot = 0.0_dp
        do j = 1, n
            r(ipvt(j), 1:j) = fjac(1:j, j)
            norm = enorm(j, fjac(1, j), f%s%mach)
            found%terms = found%terms + norm * abs(x(ipvt(j)))
            if (norm > 0.0_dp) found%sines = found%sines * abs(fjac(j, j)) / norm
            if (.not. norm > 0.0_dp) found%sines = 0.0_dp
            if (.not. abs(fjac(j, j)) > f%s%m * f%s%mach%epsmch * norm) cycle
            left(j) = qtf(j)
            pivot(j) = fjac(j, j)
            found%rank = found%rank + 1
        end do
        found%change = enorm(n, left, f%s%mach)
    end subroutine measure

    !> The step, by substitution from the last row.
    subroutine descend(f, n, fjac, ipvt, left, pivot, step)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: n, ipvt(n)
        real(dp), intent(in) :: fjac(f%s%ldfjac, n), pivot(n)
        real(dp), intent(inout) :: left(n)
        real(dp), intent(out) :: step(n)
        integer(c_int) :: j

        step = 0.0_dp
        do j = n, 1, -1
            if (pivot(j) == 0.0_dp) cycle
            if (.not. is_finite(left(j) / pivot(j))) cycle
            step(ipvt(j)) = -(left(j) / pivot(j))
            left(1:j - 1) = left(1:j - 1) + fjac(1:j - 1, j) * step(ipvt(j))
        end do
    end subroutine descend

    !> How far the model varies around its mean, as the norm of a vector, and the largest number that it is computed from.
    subroutine variation(f, m, fvec, model, varying, most)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: m
        real(dp), intent(in) :: fvec(m)
        real(dp), intent(inout) :: model(m)  !! in: the data; out: the model less its mean
        real(dp), intent(out) :: varying, most
        real(dp) :: mean
        integer(c_int) :: i

        most = 0.0_dp
        mean = 0.0_dp
        do i = 1, m
            most = larger(most, abs(model(i)))
            model(i) = model(i) + fvec(i)
            most = larger(most, abs(model(i)))
            mean = mean + model(i) / m
        end do
        model(1:m) = model(1:m) - mean
        varying = enorm(m, model, f%s%mach)
    end subroutine variation

    !> The first n elements of Q'fvec at x, with the last Jacobian, which is of the point before unless the last step was
    !! refused.
    subroutine what_is_left(f, m, n, x, fvec, fjac, ipvt, qtf, xtrial, step, q)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: m, n, ipvt(n)
        real(dp), intent(in) :: x(n), fvec(m), fjac(f%s%ldfjac, n), qtf(n), xtrial(n), step(n)
        real(dp), intent(out) :: q(m)
        integer(c_int) :: j

        q(1:n) = qtf(1:n)
        if (f%s%info == 4) return  ! of a start where the gradient vanishes there is no trial point, nor a step
        if (any(x /= xtrial)) return  ! the last step was refused
        if (f%s%par == 0.0_dp) then  ! else S has taken the place of parts of the reflectors
            q(1:m) = fvec(1:m)
            call reflect(f, m, n, fjac, q)
        else
            do j = 1, n
                q(1:j) = q(1:j) + fjac(1:j, j) * step(ipvt(j))
            end do
        end if
    end subroutine what_is_left

    !> z = Q'z, from the reflectors below R. R has taken the place of their first elements: these follow from the others,
    !! as 1 + sqrt(1 - the sum of their squares).
    subroutine reflect(f, m, n, fjac, z)
        type(fit), intent(in) :: f
        integer(c_int), intent(in) :: m, n
        real(dp), intent(in) :: fjac(f%s%ldfjac, n)
        real(dp), intent(inout) :: z(m)
        real(dp) :: along, first, squares
        integer(c_int) :: i, j

        do j = 1, n
            if (fjac(j, j) == 0.0_dp) cycle
            squares = 0.0_dp
            along = 0.0_dp
            do i = j + 1, m
                squares = squares + fjac(i, j) * fjac(i, j)
                along = along + fjac(i, j) * z(i)
            end do
            first = 1.0_dp
            if (squares < 1.0_dp) first = 1.0_dp + sqrt(1.0_dp - squares)
            along = z(j) + along / first
            z(j) = z(j) - first * along
            z(j + 1:m) = z(j + 1:m) - fjac(j + 1:m, j) * along
        end do
    end subroutine reflect

end module ending_m
