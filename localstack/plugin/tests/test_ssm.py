"""Pages of Systems Manager."""


def test_pages(aws):
    for n in range(12):
        aws.ssm.put_parameter(Name=f"/page/{n}", Type="String", Value="v")
    first = aws.ssm.describe_parameters()
    assert len(first["Parameters"]) == 10
    rest = aws.ssm.describe_parameters(NextToken=first["NextToken"])
    assert len(rest["Parameters"]) == 2 and "NextToken" not in rest
    whole = aws.ssm.describe_parameters(MaxResults=50)
    assert len(whole["Parameters"]) == 12 and "NextToken" not in whole
