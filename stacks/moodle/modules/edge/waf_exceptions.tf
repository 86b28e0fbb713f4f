locals {
  # Labels that the counted rules put on a request. Two rules stay counted for good and
  # have no label here: missing user agents (LTI) and file extensions (file names).
  reblocked_labels = [
    "core-rule-set:SizeRestrictions_Body",
    "core-rule-set:CrossSiteScripting_Body",
    "core-rule-set:GenericLFI_Body",
    "core-rule-set:GenericRFI_Body",
    "core-rule-set:GenericRFI_QueryArguments",
    "sql-database:SQLi_Body",
    "php-app:PHPHighRiskMethodsVariables_Body",
  ]

  # Parts of Moodle that take files, HTML or code by POST.
  upload_paths = [
    "admin/",
    "backup/",
    "course/",
    "draftfiles_",
    "lib/ajax/",
    "mod/",
    "question/",
    "repository/",
    "user/",
    "webservice/",
  ]
  upload_pattern = "^/(${join("|", local.upload_paths)})"
}
