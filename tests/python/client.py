"""Submits an article and lists its claims, with stubs made from proto/: what a service in another language does.

    python client.py STUBS ADDRESS
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
from claimdesk.v1 import article_pb2, article_pb2_grpc, claim_pb2, claim_pb2_grpc  # noqa: E402

TEXT = (
    "Employment rose by 3.2 percent to 12,400 in 2023.\n"
    "It was the first visit by a president in 24 years.\n"
)


def main(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        articles = article_pb2_grpc.ArticleServiceStub(channel)
        claims = claim_pb2_grpc.ClaimServiceStub(channel)
        article = article_pb2.Article(
            text=TEXT, uri="https://example.org/python", publish_date="2024-06-19", language="en"
        )
        submitted = articles.SubmitArticle(
            article_pb2.SubmitArticleRequest(article=article, request_id="python-1"), timeout=30
        )
        listed, token = [], ""
        while True:
            page = claims.ListClaims(
                claim_pb2.ListClaimsRequest(parent=submitted.article.name, page_size=1, page_token=token), timeout=30
            )
            listed.extend(page.claims)
            token = page.next_page_token
            if not token:
                break
        try:
            claims.GetClaim(claim_pb2.GetClaimRequest(name="claims/7"), timeout=30)
            refused = None
        except grpc.RpcError as error:
            refused = error.code().name
        json.dump(
            {
                "created": submitted.created,
                "submitted": [claim.name for claim in submitted.claims],
                "listed": [claim.name for claim in listed],
                "quotes": [TEXT[claim.span.start : claim.span.end] == claim.quote for claim in listed],
                "refused": refused,
            },
            sys.stdout,
        )


main(sys.argv[2])
