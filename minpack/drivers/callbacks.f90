!> The C callbacks that the drivers take. A nonzero answer stops the fit.
module callbacks_m
    use, intrinsic :: iso_c_binding, only: c_int, c_ptr
    use machine_m, only: dp
    use fit_state_m, only: fit_state
    implicit none
    private
    public :: residual_fcn, jacobian_fcn, row_fcn, iteration_fcn, loss_fcn

    abstract interface

        !> fvec = f(x).
        function residual_fcn(ctx, m, n, x, fvec) result(stop) bind(c)
            import :: c_int, c_ptr, dp
            type(c_ptr), value :: ctx
            integer(c_int), value :: m, n
            real(dp), intent(in) :: x(n)
            real(dp), intent(out) :: fvec(m)
            integer(c_int) :: stop
        end function residual_fcn

        !> fjac(i, j) = d f_i / d x_j, column after column.
        function jacobian_fcn(ctx, m, n, x, fjac) result(stop) bind(c)
            import :: c_int, c_ptr, dp
            type(c_ptr), value :: ctx
            integer(c_int), value :: m, n
            real(dp), intent(in) :: x(n)
            real(dp), intent(out) :: fjac(m, n)
            integer(c_int) :: stop
        end function jacobian_fcn

        !> Row i of the Jacobian, 0 <= i < m; asked for in order.
        function row_fcn(ctx, m, n, x, i, row) result(stop) bind(c)
            import :: c_int, c_ptr, dp
            type(c_ptr), value :: ctx
            integer(c_int), value :: m, n, i
            real(dp), intent(in) :: x(n)
            real(dp), intent(out) :: row(n)
            integer(c_int) :: stop
        end function row_fcn

        !> Called after each accepted step: x is the new point, s%fnorm the norm of its residuals.
        function iteration_fcn(ctx, s, x) result(stop) bind(c)
            import :: c_int, c_ptr, dp, fit_state
            type(c_ptr), value :: ctx
            type(fit_state), intent(in) :: s
            real(dp), intent(in) :: x(s%n)
            integer(c_int) :: stop
        end function iteration_fcn

        !> A loss of the squares z, and its first and second derivatives, in the columns of rho.
        function loss_fcn(m, z, rho) result(stop) bind(c)
            import :: c_int, dp
            integer(c_int), value :: m
            real(dp), intent(in) :: z(m)
            real(dp), intent(out) :: rho(m, 3)
            integer(c_int) :: stop
        end function loss_fcn

    end interface

end module callbacks_m
