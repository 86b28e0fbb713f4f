image      = "111122223333.dkr.ecr.us-east-1.amazonaws.com/stacks:main"
vpc_id     = "vpc-0123456789abcdef0"
subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
