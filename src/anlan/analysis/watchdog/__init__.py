"""Whether what is measured still comes out: a probe through the whole chain, an alarm when it does not, and the page that says so."""
