# What the policies beside this file share: the resources as they will be, and which are production's.
package main

import rego.v1

# Each resource that there will be. What is known only after apply is missing in its values.
resources contains {
	"address": change.address,
	"module": object.get(change, "module_address", ""),
	"type": change.type,
	"name": change.name,
	"index": object.get(change, "index", null),
	"values": change.change.after,
} if {
	some change in input.resource_changes
	change.mode == "managed"
	is_object(change.change.after)
}

of_type(type) := [r | some r in resources; r.type == type]

is_production(_) if input.variables.environment.value == "production"

is_production(resource) if resource.values.tags_all.Environment == "production"

finding(resource, text) := {"msg": sprintf("%s: %s", [resource.address, text]), "address": resource.address}

# The resources of a type that belong to a bucket: by its name, or, where that is known only after
# apply, by what their block refers to.
parts_of(bucket, type) := [part |
	some part in of_type(type)
	belongs(part, bucket)
]

belongs(part, bucket) if part.values.bucket == bucket.values.bucket

belongs(part, bucket) if {
	not part.values.bucket
	part.module == bucket.module
	part.index == bucket.index
	some block in blocks
	block.module == regex.replace(part.module, `\[[^\]]*\]`, "")
	block.address == sprintf("%s.%s", [part.type, part.name])
	sprintf("aws_s3_bucket.%s", [bucket.name]) in block.references
}

# The blocks of the configuration that have an argument `bucket`, and what they refer to.
blocks contains {
	"module": module_of(path),
	"address": block.address,
	"references": array.concat(
		object.get(block.expressions.bucket, "references", []),
		object.get(object.get(block, "for_each_expression", {}), "references", []),
	),
} if {
	walk(input.configuration.root_module, [path, block])
	block.expressions.bucket
}

# The address of the module that a path into the configuration leads through.
module_of(path) := concat(".", [sprintf("module.%s", [path[i + 1]]) | some i, step in path; step == "module_calls"])
