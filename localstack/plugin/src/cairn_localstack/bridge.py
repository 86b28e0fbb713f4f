"""Services that the community edition lacks, answered by moto inside the same process.

They share moto's EC2 back end with LocalStack's own EC2, so a load balancer sees the subnets made there.
"""

from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider


def _bridge(name):
    def make():
        model = load_service(name)
        table = {operation: _handler for operation in model.operation_names}
        return Service(name, skeleton=Skeleton(model, table))

    make.__name__ = name.replace("-", "_")
    return aws_provider(api=name)(make)


def _handler(context, _request):
    return call_moto(context)


application_autoscaling = _bridge("application-autoscaling")
autoscaling = _bridge("autoscaling")
backup = _bridge("backup")
cloudfront = _bridge("cloudfront")
cloudtrail = _bridge("cloudtrail")
ecs = _bridge("ecs")
efs = _bridge("efs")
elasticache = _bridge("elasticache")
elbv2 = _bridge("elbv2")
rds = _bridge("rds")
shield = _bridge("shield")
wafv2 = _bridge("wafv2")
