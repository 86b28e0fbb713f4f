# Shield Standard guards every load balancer without a resource. Advanced is a paid
# one-year commitment that somebody has to make by hand; this only adds the load
# balancer to it.
resource "aws_shield_protection" "load_balancer" {
  count = var.shield_advanced ? 1 : 0

  name         = "${var.name}-load-balancer"
  resource_arn = aws_lb.main.arn
}
