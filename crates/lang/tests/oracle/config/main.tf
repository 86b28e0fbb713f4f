variable "secret" {
  default   = "s3cret"
  sensitive = true
}

variable "secrets" {
  default   = { a = "1", b = "2" }
  sensitive = true
}

variable "list" {
  type    = list(string)
  default = ["a", "b", "c"]
}

variable "empty" {
  type    = list(string)
  default = []
}

variable "map" {
  type    = map(number)
  default = { x = 1, y = 2 }
}

variable "set" {
  type    = set(string)
  default = ["q", "p"]
}

variable "objects" {
  type = list(object({ id = string, size = optional(number, 5), note = optional(string) }))
  default = [
    { id = "one" },
    { id = "two", size = 7, note = "n" },
  ]
}

variable "nothing" {
  type    = string
  default = null
}

variable "template" {
  default = "Hello $${name}!%%{ for x in list } <$${x}>%%{ endfor }"
}

locals {
  nested = { a = { b = [{ c = 1 }, { c = 2 }] } }
}

resource "terraform_data" "u" {}
