"""What network, with what quantizer, at what rate, from which checkpoint?"""
