locals {
  name = "x"
  a = <<-EOT
    one ${local.name}
      two

    $${three} %{ if true }yes%{ else }no%{ endif }
  EOT
  c = <<-EOT
    %{ for s in ["p", "q"] ~}
    - ${s}
    %{ endfor ~}
    end
  EOT
  d = <<-EOT
    %{ if true }
    a
    %{ endif }
    b
  EOT
  e = <<-EOT
	tab ${local.name}
	  x
  EOT
  f = <<EOT
  %{~ for s in ["p", "q"] ~}
  - ${s}
  %{~ endfor ~}
  end
EOT
  g = <<-EOT
    ${local.name}
      y
  EOT
  h = "%{ for s in ["p", "q"] ~}  ${s}  %{~ endfor }"
  i = <<-EOT
    x

      
    y
  EOT
  j = <<-EOT
  EOT
  k = "a$b%c$$d%%{e"
  l = <<EOT
"quoted" \n \ ${"in"} 
EOT
  all = jsonencode([local.a, local.c, local.d, local.e, local.f, local.g, local.h, local.i, local.j, local.k, local.l])
}
