# Listeners speak TLS 1.2 or newer, and what they are asked in the clear they send elsewhere.
package main

import rego.v1

deny_weak_tls contains finding(listener, "the listener needs a TLS policy of 1.2 or newer (ssl_policy)") if {
	some listener in of_type("aws_lb_listener")
	listener.values.protocol in {"HTTPS", "TLS"}
	not strong(object.get(listener.values, "ssl_policy", ""))
}

deny_weak_tls contains finding(listener, "the listener answers in the clear: it should redirect to HTTPS") if {
	some listener in of_type("aws_lb_listener")
	listener.values.protocol == "HTTP"
	some action in listener.values.default_action
	not redirects(action)
}

strong(policy) if regex.match(`^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-`, policy)

redirects(action) if {
	action.type == "redirect"
	action.redirect[_].protocol == "HTTPS"
}
