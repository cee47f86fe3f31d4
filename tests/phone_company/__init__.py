"""A phone company on loopback: it speaks Twilio's REST, runs the product's own voice scripts and lends out phones.

A test says what people do with their phones, and every SMS or call nobody expected fails it::

    company.phone("Bea", "+819011110002").expect_call("灯").press("1").expect("受け付けました")
"""
