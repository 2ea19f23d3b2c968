"""The data exchange (数据共享交换): what we offer other departments, who was given what, and what they called.

`catalogue` names the data sets, `granting` and `keys` let departments in, `changes` and `rows` tell what is new,
`subscriptions` remembers how far each has read, `numbers` is what the city's exchange platform asks of us.
"""
